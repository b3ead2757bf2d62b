import type { Job } from '../consensus/job.js'

export interface SearchOptions {
  /** Ends the search at once; it then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Hears how many hashes were computed, and how many threads have begun, every 100 ms or so, and at the end of the search, whatever that is. */
  readonly onProgress: (hashes: number, threads: number) => void
}

export interface Found {
  /** The number of a candidate that solves the job: of all that do, the first. */
  readonly solution: number
  readonly hashes: number
}

/** Finds the first solution of a job. One search at a time. */
export interface Searcher {
  search(job: Job, options: SearchOptions): Promise<Found>
  close(): Promise<void>
}
