import type { Job } from '../consensus/rules.js'

export interface SearchOptions {
  /** Ends the search at once; it then rejects with the signal's reason. */
  signal: AbortSignal
  /** Hears how many hashes were computed, every 100 ms or so. */
  onProgress: (hashes: number) => void
}

/** Finds the smallest solution of a job. */
export interface Searcher {
  search(job: Job, options: SearchOptions): Promise<{ proof: number; hashes: number }>
  close(): Promise<void>
}
