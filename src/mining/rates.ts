import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { HeaderCandidates } from '../consensus/header-job.js'
import type { Job } from '../consensus/job.js'
import { AbortScope } from '../primitives/abort-scope.js'
import { SearchPool } from './search-pool.js'

/** Candidates between two looks at the clock. */
const BATCH = 500
/** After that, programs that are compiled while they run are as fast as they will be. */
const WARM_UP_MS = 300

export interface RateOptions {
  /** How long is measured. */
  readonly ms: number
  readonly signal: AbortSignal
}

/** Candidates a second that a pool tries. */
export async function poolRate(job: Job, threads: number, { ms, signal }: RateOptions): Promise<number> {
  const pool = new SearchPool({ threads })
  const enough = new AbortScope([signal])
  let isEnough = false
  let allThere: number | undefined
  let [first, last] = [
    { at: 0, hashes: 0 },
    { at: 0, hashes: 0 },
  ]
  const onProgress = (hashes: number, begun: number): void => {
    if (isEnough) return
    last = { at: performance.now(), hashes }
    if (begun === threads) allThere ??= last.at
    if (allThere === undefined || last.at - allThere < WARM_UP_MS) first = last
    else if (last.at - first.at >= ms) {
      isEnough = true
      enough.abort(undefined)
    }
  }
  try {
    await pool.search(endless(job), { signal: enough.signal, onProgress })
  } catch (error) {
    if (!isEnough) throw error
  } finally {
    enough.release()
    await pool.close()
  }
  return ((last.hashes - first.hashes) / (last.at - first.at)) * 1000
}

/** Candidates a second that a plain loop tries in this thread, which has no more than `createHash` of Node.js. */
export async function plainRate(job: Job, { ms, signal }: RateOptions): Promise<number> {
  const tryOne = plainTry(endless(job))
  let candidate = 0
  let begin = performance.now()
  let first = 0
  let isWarm = false
  for (;;) {
    for (const end = candidate + BATCH; candidate < end; candidate++) tryOne(candidate)
    const elapsed = performance.now() - begin
    if (!isWarm && elapsed >= WARM_UP_MS) [isWarm, begin, first] = [true, performance.now(), candidate]
    else if (isWarm && elapsed >= ms) return ((candidate - first) / elapsed) * 1000
    // Whatever else this thread has to do, it does now.
    await setImmediate()
    signal.throwIfAborted()
  }
}

/** The same job, and nothing solves it. */
function endless(job: Job): Job {
  return job.kind === 'decimal' ? { ...job, zeros: 64 } : { ...job, target: 0n }
}

function plainTry(job: Job): (candidate: number) => boolean {
  if (job.kind === 'decimal') {
    const { before, after } = job
    const zeros = '0'.repeat(job.zeros)
    return (proof) => createHash('sha256').update(`${before}${proof}${after}`).digest('hex').startsWith(zeros)
  }
  const candidates = new HeaderCandidates(job)
  return (candidate) => {
    const first = createHash('sha256').update(candidates.headerOf(candidate)).digest()
    // Too large where the last byte, the highest, is not zero.
    return createHash('sha256').update(first).digest()[31] === 0
  }
}
