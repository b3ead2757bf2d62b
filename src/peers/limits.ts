/** How long peers are waited for, and how much is taken of them. */
export interface PeerLimits {
  /** From the question to the head of the answer. */
  readonly firstByteMs: number
  /** From then on so many bytes come in each such time, or all that is left. */
  readonly pace: { readonly bytes: number; readonly ms: number }
  /** From the question to the end of the answer. */
  readonly answerMs: number
  readonly maxBytes: number
  /** For all peers of one resolve together: for their chains, or for the headers of these where they are asked for first. */
  readonly surveyMs: number
  /** All headers together whose blocks are not there yet. */
  readonly headerBytes: number
  /** A block that all others wait for is asked of another peer after so long. */
  readonly stallMs: number
  /** For the blocks behind the headers; what is missing then comes the next time. */
  readonly blocksMs: number
}

export const PEER_LIMITS: PeerLimits = Object.freeze({
  firstByteMs: 5_000,
  // A whole answer of less is there at once, or within these five seconds; more at 3 KiB a second would not come to its end.
  pace: { bytes: 16 * 1024, ms: 5_000 },
  answerMs: 30_000,
  maxBytes: 64 * 1024 * 1024,
  surveyMs: 30_000,
  headerBytes: 64 * 1024 * 1024,
  stallMs: 2_000,
  blocksMs: 600_000,
})
