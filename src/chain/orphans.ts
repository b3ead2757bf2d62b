import type { Block } from '../consensus/rules.js'
import type { UnixSeconds } from '../primitives/time.js'

/** Their work was checked, but it may be that of an easy target. */
const MAX_BLOCKS = 100
const MAX_BYTES = 16 * 1024 * 1024

/** What a block waits for. */
export type Awaited =
  | { readonly parent: string }
  /** Its time has not come: see `time-too-new`. */
  | { readonly due: UnixSeconds }

interface Waiting<B extends Block> {
  readonly block: B
  readonly awaits: Awaited
}

/** Blocks that cannot be judged yet, in memory. Of too many the first go first. */
export class Orphans<B extends Block> {
  readonly #waiting = new Map<string, Waiting<B>>()
  #bytes = 0

  add(block: B, awaits: Awaited): void {
    this.#remove(block.hash)
    this.#waiting.set(block.hash, { block, awaits })
    this.#bytes += block.encoded.length
    for (const hash of this.#waiting.keys()) {
      if (this.#waiting.size <= MAX_BLOCKS && this.#bytes <= MAX_BYTES) break
      this.#remove(hash)
    }
  }

  /** Takes out those that wait for this block. */
  takeChildren(hash: string): B[] {
    return this.#take((awaits) => 'parent' in awaits && awaits.parent === hash)
  }

  /** Takes out those whose time has come. */
  takeDue(now: UnixSeconds): B[] {
    return this.#take((awaits) => 'due' in awaits && awaits.due <= now)
  }

  /** When the next one is due. */
  get nextDue(): UnixSeconds | undefined {
    let next: UnixSeconds | undefined
    for (const { awaits } of this.#waiting.values()) {
      if ('due' in awaits && (next === undefined || awaits.due < next)) next = awaits.due
    }
    return next
  }

  #take(isTaken: (awaits: Awaited) => boolean): B[] {
    const taken: B[] = []
    for (const { block, awaits } of [...this.#waiting.values()]) {
      if (!isTaken(awaits)) continue
      taken.push(block)
      this.#remove(block.hash)
    }
    return taken
  }

  #remove(hash: string): void {
    const waiting = this.#waiting.get(hash)
    if (waiting === undefined) return
    this.#waiting.delete(hash)
    this.#bytes -= waiting.block.encoded.length
  }
}
