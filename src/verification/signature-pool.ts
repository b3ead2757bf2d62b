import { availableParallelism } from 'node:os'
import type { SignatureCheck } from '../consensus/signature.js'
import { type Batch, CheckList } from './check-list.js'
import type { FoundFault } from './first-fault.js'
import { packChecks } from './packed-checks.js'
import type { SignatureThread } from './signature-thread.js'
import { SLICE, SmallSlices } from './small-slices.js'
import { ThreadCrew } from './thread-crew.js'

/** Checks that go to a thread together: some milliseconds of work, beside which the way there and back is nothing. */
const MAX_BATCH = 64

/**
 * Checks signatures on all processors, while this thread goes on with other things. Threads are begun when a list is long enough for them,
 * and wait for the next one; idle ones keep no process alive. Lists that are checked at the same time take turns, batch by batch.
 *
 * The answer does not depend on threads: what one had when it ended is checked on this thread, in small slices, and so is everything where
 * no thread can be had.
 */
export class SignaturePool {
  readonly #size: number
  readonly #crew: ThreadCrew
  readonly #here = new SmallSlices()
  /** Lists of which not everything is given out; the next to have its turn first. */
  #lists: CheckList[] = []
  /** Batches that are checked on this thread. */
  #loadHere = 0
  #isClosed = false

  /** @param options.threads as many as there are processors that this process may use, unless it is said */
  constructor({ threads = availableParallelism() }: { readonly threads?: number } = {}) {
    this.#size = threads
    this.#crew = new ThreadCrew(threads)
  }

  /**
   * The first check that fails, of a list in order; undefined where all are good.
   * @param checks they and their bytes stay as they are until it has answered
   */
  firstFault(checks: readonly SignatureCheck[]): Promise<FoundFault | undefined> {
    if (checks.length <= SLICE || this.#isClosed) return this.#here.firstFault(checks)
    // A list that is short is shared out all the same.
    const share = Math.ceil(checks.length / this.#size)
    const list = new CheckList(checks, Math.min(Math.max(share, SLICE), MAX_BATCH))
    this.#lists.push(list)
    this.#giveOut()
    return list.firstFault
  }

  /** Ends the threads. What is being checked, and what is asked for later, is checked on this thread. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#crew.close()
  }

  #giveOut(): void {
    for (;;) {
      this.#lists = this.#lists.filter(({ hasNext }) => hasNext)
      const list = this.#lists[0]
      if (list === undefined) return
      const thread = this.#crew.free()
      // As long as anything is under way, its end is the time to look again.
      if (thread === undefined && (this.#loadHere > 0 || !this.#crew.isIdle)) return
      this.#lists.push(this.#lists.shift()!)
      void this.#check(list, list.take(), thread)
    }
  }

  async #check(list: CheckList, batch: Batch, thread: SignatureThread | undefined): Promise<void> {
    try {
      const outcome = (await thread?.check(packChecks(list.checks, batch.from, batch.to))) ?? 'lost'
      list.report(batch, outcome === 'lost' ? await this.#checkHere(list, batch) : placed(outcome.answer, batch))
    } catch (error) {
      list.fail(error)
    }
    this.#giveOut()
  }

  async #checkHere(list: CheckList, { from, to }: Batch): Promise<FoundFault | undefined> {
    this.#loadHere++
    try {
      return await this.#here.firstFault(list.checks, from, to)
    } finally {
      this.#loadHere--
    }
  }
}

/** A fault of a batch, counted from the list's start. */
function placed(found: FoundFault | undefined, { from }: Batch): FoundFault | undefined {
  return found && { index: from + found.index, fault: found.fault }
}
