import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import type { Job } from '../../src/consensus/job.js'
import { SearchPool } from '../../src/mining/search-pool.js'
import type { Found } from '../../src/mining/searcher.js'
import { firstSolution } from '../support/candidates.js'
import { Chance } from '../support/chance.js'
import type { Part, Row, TortureOptions } from './part.js'
import { Tally } from './tally.js'

/** So many candidates a thread takes at a time. */
const STRETCH = 2_000
const MAX_THREADS = 4
const SEARCHES_OF_A_POOL = 25

/** Tips that change in the middle of a search, and threads that are killed in the middle of their work. Its cycles are searches. */
export const minerPart: Part = {
  name: 'miner',
  title: 'searches that are given up, and threads that are killed, lose and repeat nothing',
  cycles: 800,
  run,
}

async function run({ seed, cycles, say }: TortureOptions): Promise<Row[]> {
  const chance = new Chance(seed)
  const tally = new Tally()
  const living = new Set<Worker>()
  const note = (worker: Worker): void => {
    living.add(worker)
    worker.once('exit', () => living.delete(worker))
  }
  process.on('worker', note)
  // Threads that do not search keep no process alive, also not while they come to their end.
  const alive = setInterval(() => {}, 1_000)
  let pool = new SearchPool({ threads: 1 })
  try {
    for (let i = 0; i < cycles; i++) {
      if (i % SEARCHES_OF_A_POOL === 0) {
        await pool.close()
        pool = new SearchPool({ threads: 1 + chance.below(MAX_THREADS) })
      }
      const job = anyJob(chance)
      const which = `search ${i + 1} of seed ${seed}`
      const kills = chance.oneIn(2) ? 1 + chance.below(4) : 0
      const isGivenUp = chance.oneIn(3)
      const what = `${isGivenUp ? 'given up' : 'finished'}${kills > 0 ? ', threads killed' : ''}`
      const killing = new AbortController()
      // Chance of its own: when a kill comes is the machine's affair.
      const killer = kill(living, kills, new Chance(seed + i), killing.signal)
      await tally.try(what, which, isGivenUp ? () => giveUp(pool, job, chance) : () => finish(pool, job))
      killing.abort()
      await killer
      if ((i + 1) % 100 === 0) say(`${i + 1} of ${cycles}`)
    }
  } finally {
    process.off('worker', note)
    await pool.close()
    clearInterval(alive)
  }
  return tally.rows()
}

function anyJob(chance: Chance): Job {
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => chance.below(256))
  if (chance.oneIn(2)) {
    const after = chance.oneIn(2) ? 'ab'.repeat(32) : ''
    return { kind: 'decimal', before: String(chance.below(2 ** 31)), after, zeros: 3 + chance.below(2) }
  }
  return {
    kind: 'header',
    header: bytes(80),
    versionMask: chance.oneIn(2) ? 0x1fff_e000 : 0,
    // One hash in 4,096 to one in 32,768.
    target: 2n ** BigInt(241 + chance.below(4)),
    roll: { kind: 'time' },
  }
}

/** Ends some threads, one after the other, wherever they are. */
async function kill(living: ReadonlySet<Worker>, kills: number, chance: Chance, signal: AbortSignal): Promise<void> {
  for (let i = 0; i < kills && !signal.aborted; i++) {
    await delay(chance.below(25))
    const threads = [...living]
    const victim = threads[chance.below(threads.length)]
    if (victim === undefined) continue
    const exit = once(victim, 'exit')
    void victim.terminate()
    await exit
  }
}

async function finish(pool: SearchPool, job: Job): Promise<void> {
  const counts: number[] = []
  const found = await pool.search(job, {
    signal: new AbortController().signal,
    onProgress: (hashes) => counts.push(hashes),
  })
  checkFound(job, found)
  checkCounts(counts)
  if (counts.at(-1) !== found.hashes) throw new Error(`told of ${counts.at(-1)} hashes in the end, of ${found.hashes}`)
}

async function giveUp(pool: SearchPool, job: Job, chance: Chance): Promise<void> {
  const stop = new AbortController()
  const reason = new Error('the tip has changed')
  const counts: number[] = []
  const search = pool.search(job, { signal: stop.signal, onProgress: (hashes) => counts.push(hashes) })
  const outcome = search.then(
    (found) => checkFound(job, found),
    (error) => {
      if (error !== reason) throw error
    },
  )
  await Promise.race([delay(chance.below(60)), outcome])
  stop.abort(reason)
  await outcome
  const { length } = counts
  checkCounts(counts)
  await delay(chance.below(5))
  if (counts.length !== length) throw new Error('it tells of hashes when it is over')
}

function checkCounts(counts: readonly number[]): void {
  if (counts.some((count, i) => count < (counts[i - 1] ?? 0))) throw new Error(`fewer hashes than before: ${counts}`)
}

/**
 * That what was found is the first solution, and that each hash was counted once: all up to the solution, and of the stretches behind it
 * those that other threads had begun meanwhile, the first ones, each up to a solution of its own.
 */
function checkFound(job: Job, { solution, hashes }: Found): void {
  const first = firstSolution(job, 0, solution + 1)
  if (first !== solution) throw new Error(`${solution} was found, and ${first} comes before`)
  let expected = solution + 1
  let next = (Math.floor(solution / STRETCH) + 1) * STRETCH
  while (expected < hashes) {
    expected += (firstSolution(job, next, next + STRETCH) ?? next + STRETCH - 1) + 1 - next
    next += STRETCH
  }
  if (hashes !== expected) throw new Error(`${hashes} hashes were counted, and ${expected} would have been right`)
}
