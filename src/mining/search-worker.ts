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
      const onFailure = (error: unknown): void => {
        this.#worker = undefined
        settle(() => reject(error instanceof Error ? error : new Error(`the mining thread ended with code ${error}`)))
      }
      const settle = (finish: () => void): void => {
        signal.removeEventListener('abort', onAbort)
        worker.off('message', onMessage).off('error', onFailure).off('exit', onFailure)
        worker.unref()
        finish()
      }
      signal.addEventListener('abort', onAbort)
      worker.on('message', onMessage).on('error', onFailure).on('exit', onFailure)
      // A search keeps the process alive, an idle thread does not.
      worker.ref()
      worker.postMessage({ search, job } satisfies WorkerRequest)
    })
  }

  async close(): Promise<void> {
    Atomics.store(this.#wanted, 0, 0)
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  #start(): Worker {
    this.#worker ??= new Worker(WORKER_URL, { workerData: this.#wanted.buffer })
    return this.#worker
  }
}
