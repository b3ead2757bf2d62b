import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { createHash, hash } from 'node:crypto'
import { once } from 'node:events'
import type { HeaderJob } from '../../src/consensus/header-job.js'
import type { DecimalJob, Job } from '../../src/consensus/job.js'
import { built } from './built.js'
import { alternate, median } from './measure.js'
import type { RateRequest } from './pool-process.js'
import { atLeast, atMost, type Row } from './report.js'
import { beside, endWithUs } from './workshop.js'

const { BestEngine } = await built<typeof import('../../src/mining/best-engine.js')>('mining/best-engine.js')
const { HeaderCandidates } = await built<typeof import('../../src/consensus/header-job.js')>('consensus/header-job.js')
const { SearchPool } = await built<typeof import('../../src/mining/search-pool.js')>('mining/search-pool.js')
const { poolRate } = await built<typeof import('../../src/mining/rates.js')>('mining/rates.js')

const SLICE_MS = 150
const ROUNDS = 21

const PAIRS = 7
const PAIR_MS = 1_500

const SEARCHES = 9
const PYTHON_SECONDS = 1.2

const TIPS = 40
const TIP_MS = 50
const TIP_ROUNDS = 5

const NEVER = new AbortController().signal

/** Nobody solves it. */
const HEADER: HeaderJob = {
  kind: 'header',
  header: Uint8Array.from({ length: 80 }, (_, i) => (i * 151) % 256),
  versionMask: 0,
  target: 0n,
  roll: { kind: 'time' },
}
/** The 16 bits of a version that BIP 320 gives to miners. */
const SHARED: HeaderJob = { ...HEADER, versionMask: 0x1fff_e000 }

/** The miner's kernels against plain loops, its threads against processes, whole searches against Python, and changes of jobs. */
export async function mining(): Promise<Row[]> {
  return [...(await kernels()), await threads(), ...(await proofs()), ...(await changes())]
}

async function kernels(): Promise<Row[]> {
  // An engine each: it searches one job at a time.
  const shared = slices(new BestEngine().begin(SHARED))
  const plain = slices(new BestEngine().begin(HEADER))
  const candidates = new HeaderCandidates(HEADER)
  const createTwice = slices(
    loop((i) => {
      const first = createHash('sha256').update(candidates.headerOf(i)).digest()
      return createHash('sha256').update(first).digest()
    }),
  )
  const hashTwice = slices(loop((i) => hash('sha256', hash('sha256', candidates.headerOf(i), 'buffer'), 'buffer')))
  const rates = await alternate(ROUNDS, { shared, plain, createTwice, hashTwice })
  const row = (what: string, ours: number, baseline: number, least: number): Row => {
    const ratio = ours / baseline
    return { what, unit: 'MH/s', ours, baseline, ratio, target: atLeast(ratio, least, `${least} x`) }
  }
  return [
    row('SHA-256d of a header, one core, and createHash twice', rates.plain, rates.createTwice, 20),
    row('the same, and crypto.hash twice', rates.plain, rates.hashTwice, 13),
    row('versions that share a schedule, and without', rates.shared, rates.plain, 1.08),
  ]
}

interface Tried {
  search(from: number, to: number): unknown
}

/** Has each candidate hashed, one after the other. */
function loop(tryOne: (candidate: number) => Uint8Array): Tried {
  return {
    search: (from, to) => {
      for (let candidate = from; candidate < to; candidate++) if (tryOne(candidate)[0] === undefined) return candidate
      return undefined
    },
  }
}

/** @returns what measures a slice: a million candidates a second */
function slices(tried: Tried): () => number {
  const batch = 2_000
  let next = 0
  return () => {
    const [first, start] = [next, performance.now()]
    let elapsed = 0
    for (; elapsed < SLICE_MS; elapsed = performance.now() - start) {
      if (tried.search(next, next + batch) !== undefined) throw new Error('an endless job was solved')
      next += batch
    }
    return (next - first) / elapsed / 1000
  }
}

/** A pool of two threads, and two processes of one each. */
async function threads(): Promise<Row> {
  const processes = await Promise.all([poolProcess(), poolProcess()])
  const ask = async (process: ChildProcess): Promise<number> => {
    const answer = once(process, 'message')
    process.send({ job: SHARED, ms: PAIR_MS } satisfies RateRequest)
    return (await answer)[0]
  }
  const rates = await alternate(PAIRS, {
    ours: async () => (await poolRate(SHARED, 2, { ms: PAIR_MS, signal: NEVER })) / 1e6,
    baseline: async () => {
      const [a, b] = await Promise.all(processes.map(ask))
      return (a! + b!) / 1e6
    },
  })
  for (const process of processes) process.kill()
  const ratio = rates.ours / rates.baseline
  return {
    what: 'two threads, and two processes of one thread',
    unit: 'MH/s',
    ...rates,
    ratio,
    target: atLeast(ratio, 0.95, '0.95 x'),
  }
}

async function poolProcess(): Promise<ChildProcess> {
  const child = fork(beside('pool-process.ts'), { execArgv: ['--import', 'tsx'], serialization: 'advanced' })
  endWithUs(child)
  await once(child, 'message')
  return child
}

/** Whole searches for six zeros through a pool of one thread, and the tutorial's loop in Python. */
async function proofs(): Promise<Row[]> {
  const pool = new SearchPool({ threads: 1 })
  const rows: Row[] = []
  for (const [name, after, least] of [
    ['tutorial', '', 10],
    ['tutorial-bound', 'c3'.repeat(32), 6],
  ] as const) {
    let before = 35_293
    const rates = await alternate(SEARCHES, {
      ours: async () => {
        const job: DecimalJob = { kind: 'decimal', before: String(before++), after, zeros: 6 }
        const start = performance.now()
        const { hashes } = await pool.search(job, { signal: NEVER, onProgress: () => {} })
        return hashes / (performance.now() - start) / 1000
      },
      baseline: () => {
        const flags = [String(before), after, String(PYTHON_SECONDS)]
        return Number(execFileSync('python3', [beside('python_proofs.py'), ...flags], { encoding: 'utf8' })) / 1e6
      },
    })
    const ratio = rates.ours / rates.baseline
    rows.push({
      what: `${name} at six zeros, one core, and Python`,
      unit: 'M/s',
      ...rates,
      ratio,
      target: atLeast(ratio, least, `${least} x`),
    })
  }
  await pool.close()
  return rows
}

/** What a new tip costs each thread, and how long a search goes on that was told to stop. */
async function changes(): Promise<Row[]> {
  const pool = new SearchPool({ threads: 2 })
  const stops: number[] = []
  /** @returns hashes a millisecond */
  const searchFor = async (job: Job, ms: number): Promise<number> => {
    const stop = new AbortController()
    let hashes = 0
    const start = performance.now()
    const onProgress = (count: number): void => {
      hashes = count
    }
    const ended = pool.search(job, { signal: stop.signal, onProgress }).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, ms))
    const told = performance.now()
    stop.abort()
    await ended
    stops.push(performance.now() - told)
    return hashes / (performance.now() - start)
  }
  const endless = (tip: number): DecimalJob => ({ kind: 'decimal', before: String(tip), after: '', zeros: 64 })
  // Threads that begin are slower at first.
  await searchFor(endless(0), 1_000)
  const lost: number[] = []
  for (let round = 0; round < TIP_ROUNDS; round++) {
    const steady = await searchFor(endless(1), TIPS * TIP_MS)
    for (let tip = 0; tip < TIPS; tip++) {
      const start = performance.now()
      const rate = await searchFor(endless(tip), TIP_MS)
      lost.push((1 - rate / steady) * (performance.now() - start))
    }
  }
  await pool.close()
  const [cost, slowest] = [median(lost), Math.max(...stops)]
  return [
    {
      what: 'a new job, in work that each core loses',
      unit: 'ms',
      ours: cost,
      target: atMost(cost, 5, '5 ms'),
      note: `${lost.length} jobs of ${TIP_MS} ms each, beside one that lasts as long as ${TIPS}`,
    },
    {
      what: 'from the word to stop until all threads have stopped, the slowest',
      unit: 'ms',
      ours: slowest,
      target: atMost(slowest, 50, '50 ms'),
      note: `of ${stops.length}; median ${median(stops).toFixed(2)} ms`,
    },
  ]
}
