import { Worker } from 'node:worker_threads'
import type { BatchAnswer } from './worker.js'

/** The built file, also where this one runs from its source: worker threads load no TypeScript. */
const WORKER_URL = new URL('../../dist/verification/worker.js', import.meta.url)

/** What comes of a batch: the thread's answer, or that the thread ended without one. */
export type BatchOutcome = { readonly answer: BatchAnswer } | 'lost'

/** A thread that checks signatures. While it does it keeps the process alive; an idle one does not. */
export class SignatureThread {
  readonly #worker: Worker
  /** Of the batches that it has, in the order in which it answers them. */
  #waiting: ((outcome: BatchOutcome) => void)[] = []
  #hasAnswered = false
  #hasEnded = false
  #isEnding = false

  /** @throws where the machine has no room for one more thread */
  constructor() {
    // The process' own flags, such as a loader's, are not for it.
    this.#worker = new Worker(WORKER_URL, { execArgv: [] })
    this.#worker.unref()
    this.#worker.on('message', (answer: BatchAnswer) => {
      this.#hasAnswered = true
      this.#waiting.shift()?.({ answer })
      if (this.#waiting.length === 0 && !this.#isEnding) this.#worker.unref()
    })
    // What it threw is thrown again where its batch is checked next. An error that nobody listens to would end the process.
    this.#worker.on('error', () => {})
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      for (const settle of this.#waiting.splice(0)) settle('lost')
    })
  }

  /** Batches that it has not answered yet. */
  get load(): number {
    return this.#waiting.length
  }

  /** Whether it ever answered: one that never did may be of a kind that cannot run here. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** @param packed a batch, which is the thread's from now on */
  check(packed: ArrayBuffer): Promise<BatchOutcome> {
    if (this.#hasEnded) return Promise.resolve('lost')
    this.#worker.postMessage(packed, [packed])
    this.#worker.ref()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Ends it; what it has not answered is lost. */
  async end(): Promise<void> {
    // Who waits for the end would else not see it, where nothing else keeps the process alive.
    this.#isEnding = true
    await this.#worker.terminate()
  }
}
