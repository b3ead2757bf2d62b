import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Signers } from '../support/signatures.js'
import { built } from './built.js'
import { alternate, median, timed } from './measure.js'
import { atLeast, atMost, type Row } from './report.js'

const { SignaturePool } = await built<typeof import('../../src/verification/signature-pool.js')>(
  'verification/signature-pool.js',
)
const { faultOfSignature } = await built<typeof import('../../src/consensus/signature.js')>('consensus/signature.js')

const SENDERS = 256
const CHECKS = 20_000
const ROUNDS = 7

/** The pool of two threads, and the whole rule on one, against OpenSSL's equation alone on one. */
export async function signatures(): Promise<Row[]> {
  const checks = new Signers(SENDERS).checks(CHECKS)
  const keys = new Map<string, KeyObject>()
  const ready = checks.map(({ publicKey, message, signature }) => {
    const x = Buffer.from(publicKey).toString('base64url')
    const key = keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    keys.set(x, key)
    return { key, message, signature }
  })
  const plainly = (): void => {
    for (const { key, message, signature } of ready) {
      if (!verify(null, message, key, signature)) throw new Error('a good signature was refused')
    }
  }
  const wholly = (): void => {
    for (const check of checks)
      if (faultOfSignature(check) !== undefined) throw new Error('a good signature was refused')
  }
  const pool = new SignaturePool({ threads: 2 })
  const inPool = async (): Promise<void> => {
    if ((await pool.firstFault(checks)) !== undefined) throw new Error('a good signature was refused')
  }
  // Threads that begin are slower at first.
  await inPool()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const poolCosts: number[] = []
  const plainCosts: number[] = []
  const wholeCosts: number[] = []
  const times = await alternate(ROUNDS, {
    pool: async () => {
      delay.enable()
      const time = await timed(() => costOf(inPool, poolCosts))
      delay.disable()
      return time
    },
    plain: () => timed(() => costOf(plainly, plainCosts)),
    whole: () => timed(() => costOf(wholly, wholeCosts)),
  })
  await pool.close()
  const [ours, baseline] = [CHECKS / times.pool, CHECKS / times.plain]
  const [poolCost, plainCost, wholeCost] = [poolCosts, plainCosts, wholeCosts].map((costs) => median(costs) / CHECKS)
  const slowest = delay.percentile(99) / 1e6
  return [
    {
      what: 'a pool of two threads, and crypto.verify on one core, its keys ready',
      unit: 'per ms',
      ours,
      baseline,
      ratio: ours / baseline,
      target: atLeast(ours / baseline, 1.4, '1.4 x'),
    },
    {
      // Also on a machine that has no two cores free: what the pool adds to the work itself.
      what: 'the same, in processor time of all threads',
      unit: 'us',
      ours: poolCost!,
      baseline: plainCost!,
      ratio: poolCost! / plainCost!,
      target: atMost(poolCost! / plainCost!, 1.25, '1.25 x'),
    },
    {
      what: 'the whole rule on one core, and crypto.verify alone, in processor time',
      unit: 'us',
      ours: wholeCost!,
      baseline: plainCost!,
      ratio: wholeCost! / plainCost!,
      target: atMost(wholeCost! / plainCost!, 1.15, '1.15 x'),
    },
    {
      what: 'a turn of the main thread while the pool checks, 99 of 100',
      unit: 'ms',
      ours: slowest,
      target: atMost(slowest, 20, '20 ms'),
    },
  ]
}

/** Has work done and notes its processor time, in microseconds. */
async function costOf(work: () => unknown, costs: number[]): Promise<void> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  costs.push(user + system)
}
