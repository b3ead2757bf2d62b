import { Worker } from 'node:worker_threads'
import type { SearchRequest, WorkerStart } from './worker.js'

/** The built file, also where this one runs from its source: worker threads load no TypeScript. */
const WORKER_URL = new URL('../../dist/mining/worker.js', import.meta.url)

/** A thread that searches. While it does it keeps the process alive; an idle one does not. */
export class SearchThread {
  readonly #worker: Worker
  #searches = 0
  #failure: Error | undefined
  #hasEnded = false
  #isEnding = false
  /** Of the search that it is at. */
  #settle = (): void => {}

  constructor(start: WorkerStart) {
    // The process' own flags, such as a loader's, are not for it.
    this.#worker = new Worker(WORKER_URL, { workerData: start, execArgv: [] })
    this.#worker.unref()
    this.#worker.on('message', (number: number) => {
      if (number === this.#searches) this.#settle()
    })
    // Heard for as long as it lives: an error that nobody listens to would end the process.
    this.#worker.on('error', (error) => {
      this.#failure = error
    })
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      this.#settle()
    })
  }

  /** Whether it has come to an end, and so can search no more. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /**
   * Takes part in a search until there is nothing more to do, or until the thread ends.
   * @throws what the thread's program threw
   */
  async search(request: Omit<SearchRequest, 'number'>): Promise<void> {
    const number = ++this.#searches
    if (!this.#hasEnded) {
      this.#worker.postMessage({ ...request, number } satisfies SearchRequest)
      this.#worker.ref()
      await new Promise<void>((resolve) => {
        this.#settle = resolve
      })
      // Who waits for the thread's end would else not see it, where nothing else keeps the process alive.
      if (!this.#isEnding) this.#worker.unref()
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Does not wait any more for what the thread says of its search. */
  leave(): void {
    this.#searches++
    this.#settle()
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await this.#worker.terminate()
  }
}
