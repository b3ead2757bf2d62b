import type { SignatureCheck } from '../consensus/signature.js'
import type { FoundFault } from './first-fault.js'

/** Checks of a list that are made together: those at `from` up to, not including, `to`. */
export interface Batch {
  readonly from: number
  readonly to: number
}

/** A list that is being checked, batch by batch, by several at once, until its first fault is known. */
export class CheckList {
  readonly checks: readonly SignatureCheck[]
  /** The first fault of all, or undefined where there is none. */
  readonly firstFault: Promise<FoundFault | undefined>
  readonly #batchSize: number
  /** Given out and not reported. */
  readonly #open = new Set<Batch>()
  #next = 0
  /** The earliest fault so far. What lies behind it need not be checked. */
  #found: FoundFault | undefined
  #settle!: (found: FoundFault | undefined) => void
  #reject!: (error: unknown) => void

  /** @param checks at least one */
  constructor(checks: readonly SignatureCheck[], batchSize: number) {
    this.checks = checks
    this.#batchSize = batchSize
    this.firstFault = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#reject = reject
    })
  }

  /** Whether there are checks that nobody has and that could hold the first fault. */
  get hasNext(): boolean {
    return this.#next < this.#end
  }

  /** Gives out the next batch; only where there is one. */
  take(): Batch {
    const from = this.#next
    this.#next = Math.min(from + this.#batchSize, this.checks.length)
    const batch = { from, to: this.#next }
    this.#open.add(batch)
    return batch
  }

  /** Hears what came of a batch. */
  report(batch: Batch, found: FoundFault | undefined): void {
    this.#open.delete(batch)
    // Batches come back in any order.
    if (found !== undefined && found.index < this.#end) this.#found = found
    if (!this.hasNext && ![...this.#open].some(({ from }) => from < this.#end)) this.#settle(this.#found)
  }

  /** Gives up, as a check threw: a bug, and no fault of the signature. */
  fail(error: unknown): void {
    this.#next = this.checks.length
    this.#reject(error)
  }

  get #end(): number {
    return this.#found?.index ?? this.checks.length
  }
}
