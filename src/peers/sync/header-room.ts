/** What takes part of the room: headers that are being read, or were. */
export interface RoomTaker {
  readonly bytes: number
  /** Of its chain, as far as it is known. */
  readonly weight: bigint
  /** Lets go of them: others have more work. */
  drop(): void
}

/**
 * Bounds what headers take of memory: they cost their sender work, but on a network of easy targets not much. Where they become too many,
 * the chain of the least work goes.
 */
export class HeaderRoom {
  readonly #maxBytes: number
  readonly #takers = new Set<RoomTaker>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  enter(taker: RoomTaker): void {
    this.#takers.add(taker)
  }

  leave(taker: RoomTaker): void {
    this.#takers.delete(taker)
  }

  /** Makes room where one has grown. @returns false where it is the only one that is left, and still too large */
  makeRoom(): boolean {
    for (;;) {
      let bytes = 0
      let least: RoomTaker | undefined
      for (const taker of this.#takers) {
        bytes += taker.bytes
        if (least === undefined || taker.weight < least.weight) least = taker
      }
      if (least === undefined || bytes <= this.#maxBytes) return true
      if (this.#takers.size === 1) return false
      this.#takers.delete(least)
      least.drop()
    }
  }
}
