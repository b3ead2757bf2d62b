import { availableParallelism } from 'node:os'
import { expectedHashes, type Job } from '../../consensus/job.js'
import { BUILT_IN_NETWORKS } from '../../consensus/networks.js'
import { BestEngine } from '../../mining/best-engine.js'
import { plainRate, poolRate } from '../../mining/rates.js'

/** How fast this machine tries one kind of work, in hashes a second. */
export interface WorkRates {
  /** A network, or `header` for headers of 80 bytes with free version bits, hashed twice. */
  readonly work: string
  /** A plain loop in one thread that has no more than Node's own hash function. */
  readonly plain: number
  readonly oneThread: number
  readonly allThreads: number
  /** Hashes that a block takes on average; undefined where that is not fixed. */
  readonly expectedHashes: number | undefined
  /** `simd`, or `reference` where this machine runs no kernel. */
  readonly engine: 'simd' | 'reference'
}

export interface MeasureOptions {
  readonly threads: number
  /** How long each rate is measured. */
  readonly ms: number
  readonly signal: AbortSignal
  /** Is told what comes next. */
  readonly onStep: (work: string, how: string) => void
}

/** As many as there are processors that this process may use. */
export const ALL_THREADS = availableParallelism()

/** Bits of a version that the miner may choose: BIP 320. */
const FREE_VERSION_BITS = 0x1fff_e000

/** Measures kind after kind, nothing beside it. */
export async function* measureRates({ threads, ms, signal, onStep }: MeasureOptions): AsyncGenerator<WorkRates> {
  for (const { work, job, expected } of WORKS) {
    const options = { ms, signal }
    onStep(work, 'a plain loop')
    const plain = await plainRate(job, options)
    onStep(work, '1 thread')
    const oneThread = await poolRate(job, 1, options)
    onStep(work, `${threads} threads`)
    const allThreads = threads === 1 ? oneThread : await poolRate(job, threads, options)
    const engine = new BestEngine().isReference(job.kind) ? 'reference' : 'simd'
    yield { work, plain, oneThread, allThreads, expectedHashes: expected, engine }
  }
}

interface Work {
  readonly work: string
  readonly job: Job
  readonly expected: number | undefined
}

const WORKS: readonly Work[] = [
  // What is searched on the others is the kind below.
  ...BUILT_IN_NETWORKS.filter(({ rules }) => rules.jobKind === 'decimal').map(({ name, rules }) => {
    const genesis = rules.genesis(0)
    const contents = () => ({ transactions: [], recipient: '', time: 0 })
    const { job } = rules.template(genesis, 1, contents, { grandparent: undefined })
    return { work: name, job, expected: expectedHashes(job) }
  }),
  {
    work: 'header',
    job: {
      kind: 'header',
      header: new Uint8Array(80),
      versionMask: FREE_VERSION_BITS,
      target: 0n,
      roll: { kind: 'time' },
    },
    expected: undefined,
  },
]
