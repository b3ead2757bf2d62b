import { SignatureThread } from './signature-thread.js'

/** Batches that a thread has at most: one that it checks, and one so that it need not wait for this thread in between. */
const MAX_LOAD = 2
/** Times that the pause between attempts to begin a thread is doubled: then one costs less than a tenth of what is done in between. */
const MAX_DOUBLINGS = 6

/** The threads of a pool: begun when they are needed, replaced when they ended. */
export class ThreadCrew {
  readonly #size: number
  #threads: SignatureThread[] = []
  #isClosed = false
  /** Threads in a row that came to nothing. */
  #failures = 0
  /** How often it is yet to do without a new thread: where none can run, each attempt would only take time. */
  #pause = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Whether no thread is at work, so that nothing will be answered. */
  get isIdle(): boolean {
    return this.#threads.every(({ load }) => load === 0)
  }

  /** A thread that takes one more batch; undefined where all have enough, or where none can be had. */
  free(): SignatureThread | undefined {
    if (this.#isClosed) return undefined
    this.#dismissEnded()
    const idle = this.#threads.find(({ load }) => load === 0)
    if (idle !== undefined) return idle
    return this.#begin() ?? this.#leastLoaded()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#threads.map((thread) => thread.end()))
  }

  #begin(): SignatureThread | undefined {
    if (this.#threads.length >= this.#size || this.#pause-- > 0) return undefined
    this.#pause = 0
    try {
      const thread = new SignatureThread()
      this.#threads.push(thread)
      return thread
    } catch {
      this.#countFailure()
      return undefined
    }
  }

  #leastLoaded(): SignatureThread | undefined {
    const [least] = this.#threads.toSorted((a, b) => a.load - b.load)
    return least !== undefined && least.load < MAX_LOAD ? least : undefined
  }

  #dismissEnded(): void {
    for (const { hasEnded, hasAnswered } of this.#threads) {
      if (hasAnswered) this.#failures = 0
      else if (hasEnded) this.#countFailure()
    }
    this.#threads = this.#threads.filter(({ hasEnded }) => !hasEnded)
  }

  #countFailure(): void {
    this.#pause = 2 ** Math.min(++this.#failures, MAX_DOUBLINGS)
  }
}
