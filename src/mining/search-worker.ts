import { Worker } from 'node:worker_threads'
import type { Job } from '../consensus/rules.js'
import type { Searcher, SearchOptions } from './searcher.js'
import type { WorkerAnswer, WorkerRequest } from './worker.js'

/** The built file, also where this one runs from its source: worker threads load no TypeScript. */
const WORKER_URL = new URL('../../dist/mining/worker.js', import.meta.url)

/** Searches in one worker thread, so that the node goes on answering. One search at a time. */
export class SearchWorker implements Searcher {
  readonly #wanted = new Int32Array(new SharedArrayBuffer(4))
  #worker: Worker | undefined
  #searches = 0
  /** What the thread's end means for the search that is under way. */
  #onEnd: (error: Error) => void = () => {}

  search(job: Job, { signal, onProgress }: SearchOptions): Promise<{ proof: number; hashes: number }> {
    signal.throwIfAborted()
    const worker = this.#start()
    const search = ++this.#searches
    Atomics.store(this.#wanted, 0, search)
    return new Promise((resolve, reject) => {
      const onMessage = (answer: WorkerAnswer): void => {
        if (answer.search !== search) return
        onProgress(answer.hashes)
        if (answer.proof !== undefined) settle(() => resolve({ proof: answer.proof!, hashes: answer.hashes }))
      }
      const onAbort = (): void => {
        Atomics.store(this.#wanted, 0, 0)
        settle(() => reject(signal.reason))
      }
      const settle = (finish: () => void): void => {
        signal.removeEventListener('abort', onAbort)
        worker.off('message', onMessage)
        this.#onEnd = () => {}
        worker.unref()
        finish()
      }
      signal.addEventListener('abort', onAbort)
      worker.on('message', onMessage)
      this.#onEnd = (error) => settle(() => reject(error))
      // A search keeps the process alive, an idle thread does not.
      worker.ref()
      worker.postMessage({ search, job } satisfies WorkerRequest)
    })
  }

  async close(): Promise<void> {
    Atomics.store(this.#wanted, 0, 0)
    await this.#worker?.terminate()
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(WORKER_URL, { workerData: this.#wanted.buffer })
    // For as long as the thread lives, also while it is idle: an error that nobody listens to would end the process, and a thread that
    // is dead would be given the next search.
    const onEnd = (error: Error): void => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#onEnd(error)
    }
    worker.on('error', onEnd)
    worker.on('exit', (code) => onEnd(new Error(`the mining thread ended with code ${code}`)))
    this.#worker = worker
    return worker
  }
}
