import { type Job, solverOf } from '../consensus/job.js'

/** Searches the candidates of a job, stretch by stretch. */
export interface CandidateSearch {
  /** @returns the first from `from` up to but without `to` that solves the job, or undefined */
  search(from: number, to: number): number | undefined
}

/** Begins searches, one at a time: when the next begins, the one before is of no use any more. */
export interface Engine {
  begin(job: Job): CandidateSearch
}

/** Asks of each candidate whether it solves the job. What every other engine is held against, and what is left where there is no other. */
export const REFERENCE: Engine = {
  begin: (job) => {
    const solves = solverOf(job)
    return {
      search(from, to) {
        for (let candidate = from; candidate < to; candidate++) if (solves(candidate)) return candidate
        return undefined
      },
    }
  },
}
