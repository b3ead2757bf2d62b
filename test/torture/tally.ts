import type { Row } from './part.js'

/** Counts trials, and gathers what went wrong in them. */
export class Tally {
  readonly #rows = new Map<string, { count: number; failures: string[]; ms: number }>()

  /**
   * Tries something.
   * @param what the row under which it counts
   * @param which names the trial, should it fail
   */
  async try(what: string, which: string, trial: () => Promise<void>): Promise<void> {
    const row = this.#rows.get(what) ?? { count: 0, failures: [], ms: 0 }
    this.#rows.set(what, row)
    const start = performance.now()
    try {
      await trial()
    } catch (error) {
      row.failures.push(`${which}: ${error instanceof Error ? error.message : error}`)
    }
    row.count++
    row.ms += performance.now() - start
  }

  rows(): Row[] {
    return Array.from(this.#rows, ([what, row]) => ({ what, ...row }))
  }
}
