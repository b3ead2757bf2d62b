import type { UnixSeconds } from '../../primitives/time.js'

/** A range of blocks, of which fewer may come, but one if there is one. */
export interface Range {
  /** Counted from 1. */
  readonly from: number
  readonly limit: number
}

export interface HeaderAnswer {
  /** 80 bytes each. */
  readonly headers: readonly Uint8Array[]
  /** Blocks in the peer's chain. */
  readonly length: number
  /** What the peer's clock showed; undefined where it does not say. */
  readonly clock: UnixSeconds | undefined
}

/** Another node that gives headers, however it is reached. Everything rejects with `SourceError`, or with the signal's reason. */
export interface Peer {
  /** What people know it by. */
  readonly address: string
  headers(range: Range, signal: AbortSignal): Promise<HeaderAnswer>
  /** @returns blocks as `JsonCanonicalizer` prints them */
  blocks(range: Range, signal: AbortSignal): Promise<readonly Uint8Array[]>
}
