/** A range of blocks, of which fewer may come, but one if there is one. */
export interface Range {
  /** Counted from 1. */
  readonly from: number
  readonly limit: number
}

/** Another node that gives headers, however it is reached. Everything rejects with `SourceError`, or with the signal's reason. */
export interface Peer {
  /** What people know it by. */
  readonly address: string
  /** @returns headers of 80 bytes, and how many blocks the peer has */
  headers(
    range: Range,
    signal: AbortSignal,
  ): Promise<{ readonly length: number; readonly headers: readonly Uint8Array[] }>
  /** @returns blocks as `JsonCanonicalizer` prints them */
  blocks(range: Range, signal: AbortSignal): Promise<readonly Uint8Array[]>
}
