import type { SignatureCheck } from '../consensus/signature.js'
import { type FoundFault, firstFaultOf } from './first-fault.js'

/** Checks without a pause: about a millisecond. */
export const SLICE = 8

/** Checks signatures on this thread, a few at a time; between them everything else has its turn, however many lists there are. */
export class SmallSlices {
  #turn: Promise<void> = Promise.resolve()

  /** The first check that fails of those at `from` up to, not including, `to`. */
  async firstFault(checks: readonly SignatureCheck[], from = 0, to = checks.length): Promise<FoundFault | undefined> {
    for (let at = from; at < to; at += SLICE) {
      const found = await this.#inTurn(() => firstFaultOf(checks, at, Math.min(at + SLICE, to)))
      if (found !== undefined) return found
    }
    return undefined
  }

  async #inTurn<T>(work: () => T): Promise<T> {
    const before = this.#turn
    let pass = (): void => {}
    this.#turn = new Promise((resolve) => {
      pass = resolve
    })
    await before
    // The answer is there at once; the next slice waits until others had their turn.
    setImmediate(pass)
    return work()
  }
}
