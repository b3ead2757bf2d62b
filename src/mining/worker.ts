import { parentPort, workerData } from 'node:worker_threads'
import type { Job, JobKind } from '../consensus/job.js'
import { BestEngine } from './best-engine.js'
import { REFERENCE } from './candidate-search.js'
import { SearchState, STRETCH } from './search-state.js'

/** Which engine the threads of a pool use. */
export type EngineName = 'best' | 'reference'

/** What a thread begins with. */
export interface WorkerStart {
  readonly engine: EngineName
  /** The kind of job that it is to make ready for. */
  readonly kind: JobKind
}

/** What a thread is told: to search, together with others. It answers with the number of the search when there is nothing more to do. */
export interface SearchRequest {
  readonly number: number
  readonly job: Job
  readonly memory: SharedArrayBuffer
  readonly thread: number
  readonly threads: number
}

const port = parentPort
if (port === null) throw new Error('worker.js is started as a worker thread')

const start = workerData as WorkerStart
const engine = start.engine === 'best' ? preparedEngine(start.kind) : REFERENCE

port.on('message', ({ number, job, memory, thread, threads }: SearchRequest) => {
  const state = new SearchState(threads, memory)
  let from = state.begin(thread) ?? state.take(thread)
  // By the time the thread is there, the search may be over.
  const search = from === undefined ? undefined : engine.begin(job)
  for (; search !== undefined && from !== undefined; from = state.take(thread)) {
    state.finish(thread, search.search(from, from + STRETCH))
  }
  port.postMessage(number)
})

function preparedEngine(kind: JobKind): BestEngine {
  const best = new BestEngine()
  best.prepare(kind)
  return best
}
