import { parentPort, workerData } from 'node:worker_threads'
import type { Job } from '../consensus/rules.js'
import { searchRange } from './search.js'

/** What the worker is told: search this, under this number. */
export interface WorkerRequest {
  readonly search: number
  readonly job: Job
}

/** What it answers: how far it is, and in the end the proof. */
export interface WorkerAnswer {
  readonly search: number
  readonly hashes: number
  readonly proof?: number
}

/** Hashes between two looks at the flag: about a millisecond. */
const SLICE = 1000
const PROGRESS_MS = 100

const port = parentPort
if (port === null) throw new Error('worker.js is started as a worker thread')

/** The number of the search that is wanted, shared with the main thread. */
const wanted = new Int32Array(workerData as SharedArrayBuffer)

port.on('message', ({ search, job }: WorkerRequest) => {
  let reported = performance.now()
  for (let start = 0; Atomics.load(wanted, 0) === search; start += SLICE) {
    const proof = searchRange(job, start, SLICE)
    if (proof !== undefined) {
      port.postMessage({ search, hashes: proof + 1, proof } satisfies WorkerAnswer)
      return
    }
    const now = performance.now()
    if (now - reported >= PROGRESS_MS) {
      reported = now
      port.postMessage({ search, hashes: start + SLICE } satisfies WorkerAnswer)
    }
  }
})
