import type { Job } from '../../src/consensus/job.js'
import { built } from './built.js'

/** What the process is asked for. */
export interface RateRequest {
  readonly job: Job
  readonly ms: number
}

/** Searches with one thread whenever it is asked to, and answers with the rate. */

const { poolRate } = await built<typeof import('../../src/mining/rates.js')>('mining/rates.js')

process.on('message', async ({ job, ms }: RateRequest) => {
  process.send!(await poolRate(job, 1, { ms, signal: new AbortController().signal }))
})
process.send!('ready')
