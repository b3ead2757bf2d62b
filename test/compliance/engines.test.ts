import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HeaderJob, Roll } from '../../src/consensus/header-job.js'
import type { DecimalJob, Job } from '../../src/consensus/job.js'
import { BestEngine } from '../../src/mining/best-engine.js'
import { type CandidateSearch, type Engine, REFERENCE } from '../../src/mining/candidate-search.js'
import { DecimalKernel } from '../../src/mining/simd/decimal-kernel.js'
import { HeaderKernel } from '../../src/mining/simd/header-kernel.js'
import { sha256d, solves } from '../support/candidates.js'
import { vectors } from '../support/vectors.js'

/** The kernels themselves, so that nothing falls back to the reference. */
class Kernels implements Engine {
  readonly #decimal = new DecimalKernel()
  readonly #header = new HeaderKernel()

  begin(job: Job): CandidateSearch {
    return job.kind === 'decimal' ? this.#decimal.begin(job) : this.#header.begin(job)
  }
}

const ENGINES: readonly [name: string, make: () => Engine][] = [
  ['the reference', () => REFERENCE],
  ['the SIMD kernels', () => new Kernels()],
  ['the best engine', () => new BestEngine()],
]

const FREE_BITS = [0, 0x2000, 0x0001_2000, 0x1fff_e000]

const decimalJob: fc.Arbitrary<DecimalJob> = fc.record({
  kind: fc.constant('decimal'),
  // Digits that stand at any place of a block, and go over its end.
  before: fc.oneof(fc.nat().map(String), fc.string({ unit: 'binary', maxLength: 150 })),
  after: fc.constantFrom('', 'ab'.repeat(32), 'é'.repeat(300)),
  zeros: fc.constantFrom(0, 1, 2),
})

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const roll: fc.Arbitrary<Roll> = fc.oneof(
  fc.constant<Roll>({ kind: 'time' }),
  fc.record({
    kind: fc.constant('extra-nonce'),
    coinbaseId: bytes(32),
    branch: fc.array(bytes(32), { maxLength: 3 }),
  }),
)
// Buffers, too, whose slices share their memory.
const headerJob: fc.Arbitrary<HeaderJob> = fc.record({
  kind: fc.constant('header'),
  header: fc.oneof(
    bytes(80),
    bytes(80).map((each) => Buffer.from(each)),
  ),
  versionMask: fc.constantFrom(...FREE_BITS),
  // One hash in 4 to one in 256, and all of them.
  target: fc.constantFrom(2n ** 254n, 2n ** 252n - 1n, 2n ** 248n + 12_345n, 2n ** 256n - 1n),
  roll,
})

describe.each(ENGINES)('%s', (_name, make) => {
  test('finds every proof that solves the job, none twice, and nothing else', () => {
    const engine = make()
    const beginning = fc.oneof(
      fc.integer({ min: 0, max: 1_100 }),
      // About where a digit more is needed.
      fc.tuple(fc.integer({ min: 3, max: 14 }), fc.integer({ min: 0, max: 300 })).map(([n, back]) => 10 ** n - back),
    )
    fc.assert(
      fc.property(decimalJob, beginning, fc.integer({ min: 1, max: 700 }), (job, from, count) => {
        const expected = range(from, from + count).filter((proof) => solves(job, proof))
        expect(solutions(engine.begin(job), from, from + count)).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })

  test('finds every header that solves the job, for each version and nonce, none twice, and nothing else', () => {
    const engine = make()
    // Anywhere, and about where all nonces, and then all versions, have been tried.
    const beginning = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 52 }),
      fc
        .tuple(fc.constantFrom(2 ** 32, 2 ** 34, 2 ** 36, 2 ** 48), fc.integer({ min: 0, max: 300 }))
        .map(([end, back]) => end - back),
    )
    fc.assert(
      fc.property(headerJob, beginning, fc.integer({ min: 1, max: 500 }), (job, from, count) => {
        const expected = range(from, from + count).filter((n) => solves(job, n))
        expect(solutions(engine.begin(job), from, from + count)).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })

  describe('finds Bitcoin’s own blocks, each in a window around it', () => {
    const { blocks } = vectors<{ blocks: { block: string; header: string; hash: string; bits: string }[] }>(
      'bitcoin-blocks.json',
    )
    test.each(blocks)('$block', ({ header: hex, hash, bits }) => {
      const header = Buffer.from(hex, 'hex')
      expect(sha256d(header).reverse().toString('hex')).toBe(hash)
      const nonce = header.readUInt32BE(76)
      const job: HeaderJob = { kind: 'header', header, versionMask: 0, target: targetOf(bits), roll: { kind: 'time' } }
      const from = Math.max(0, nonce - 2_000)
      expect(solutions(make().begin(job), from, Math.min(from + 4_000, 2 ** 32))).toEqual([nonce])
    })
  })
})

function solutions(search: CandidateSearch, from: number, to: number): number[] {
  const all: number[] = []
  for (let next = from; next < to; next = all.at(-1)! + 1) {
    const solution = search.search(next, to)
    if (solution === undefined) break
    all.push(solution)
  }
  return all
}

/** Bitcoin's compact form: a byte for the length, three for the beginning. */
function targetOf(bits: string): bigint {
  return BigInt(`0x${bits.slice(2)}`) << (8n * (BigInt(`0x${bits.slice(0, 2)}`) - 3n))
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
