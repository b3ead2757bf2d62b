import { availableParallelism } from 'node:os'
import type { Job, JobKind } from '../consensus/job.js'
import { SearchState } from './search-state.js'
import { SearchThread } from './search-thread.js'
import type { Found, Searcher, SearchOptions } from './searcher.js'
import { Turns } from './turns.js'
import type { EngineName } from './worker.js'

const PROGRESS_MS = 100

export interface PoolOptions {
  /** As many as there are processors that this process may use, unless it is said. */
  readonly threads?: number | undefined
  readonly engine?: EngineName
}

/**
 * Searches in several threads, which are begun with the first search, or before it, and wait for the next one. A node that searches goes on
 * answering.
 */
export class SearchPool implements Searcher {
  readonly #size: number
  readonly #engine: EngineName
  readonly #turns = new Turns()
  #threads: SearchThread[] = []

  constructor({ threads = availableParallelism(), engine = 'best' }: PoolOptions = {}) {
    this.#size = threads
    this.#engine = engine
  }

  /**
   * Begins threads for jobs of a kind, so that a search that comes soon finds them ready: all but those that would take this thread its
   * processor, with which it makes ready for the search.
   */
  prepare(kind: JobKind): void {
    this.#beginThreads(this.#threads, kind, Math.min(this.#size, Math.max(1, availableParallelism() - 1)))
  }

  search(job: Job, options: SearchOptions): Promise<Found> {
    // A pool that is closed begins anew with other threads.
    const threads = this.#threads
    return this.#turns.take(options.signal, () => this.#search(threads, job, options))
  }

  async #search(threads: SearchThread[], job: Job, { signal, onProgress }: SearchOptions): Promise<Found> {
    signal.throwIfAborted()
    this.#checkOpen(threads)
    const state = new SearchState(this.#size)
    this.#beginThreads(threads, job.kind, this.#size)
    const stop = (): void => {
      state.stop()
      for (const [i, thread] of threads.entries()) if (!state.hasBegun(i)) thread.leave()
    }
    signal.addEventListener('abort', stop)
    const timer = setInterval(() => onProgress(state.hashes, state.threads), PROGRESS_MS)
    try {
      const parts = threads.map((_, i) => this.#searchWith(threads, i, job, state))
      for (const part of parts) part.catch(() => state.stop())
      const outcomes = await Promise.allSettled(parts)
      onProgress(state.hashes, state.threads)
      signal.throwIfAborted()
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', stop)
    }
    const { best, hashes } = state
    if (best === undefined) throw new Error('no candidate solves the job')
    return { solution: best, hashes }
  }

  async close(): Promise<void> {
    const threads = this.#threads
    this.#threads = []
    await Promise.all(threads.map((thread) => thread.end()))
  }

  /** Has a thread do its part. Where it ends before, for whatever reason, another one goes on with what it was at. */
  async #searchWith(threads: SearchThread[], i: number, job: Job, state: SearchState): Promise<void> {
    for (;;) {
      await threads[i]!.search({ job, memory: state.memory, thread: i, threads: threads.length })
      if (!threads[i]!.hasEnded) return
      this.#checkOpen(threads)
      threads[i] = this.#newThread(job.kind)
    }
  }

  #beginThreads(threads: SearchThread[], kind: JobKind, count: number): void {
    for (let i = 0; i < count; i++) if (threads[i]?.hasEnded !== false) threads[i] = this.#newThread(kind)
  }

  #newThread(kind: JobKind): SearchThread {
    return new SearchThread({ engine: this.#engine, kind })
  }

  #checkOpen(threads: readonly SearchThread[]): void {
    if (threads !== this.#threads) throw new Error('the search was closed')
  }
}
