import { expect, test } from 'vitest'
import type { DecimalJob } from '../../../src/consensus/job.js'
import { soundOrReference } from '../../../src/mining/best-engine.js'
import { type CandidateSearch, REFERENCE } from '../../../src/mining/candidate-search.js'
import { DecimalKernel } from '../../../src/mining/simd/decimal-kernel.js'

/** A kernel that ever disagrees with the reference, or that this machine cannot run, is not used. */

const JOB: DecimalJob = { kind: 'decimal', before: 'x', after: '', zeros: 1 }
const CANDIDATES = 500

/** A kernel that makes something else of what the reference finds. */
function liar(lie: (found: number | undefined, from: number) => number | undefined) {
  return {
    begin(job: DecimalJob): CandidateSearch {
      const search = REFERENCE.begin(job)
      return { search: (from, to) => lie(search.search(from, to), from) }
    },
  }
}

function chosen(make: () => { begin(job: DecimalJob): CandidateSearch }) {
  return soundOrReference(make, JOB, CANDIDATES)
}

test('a kernel that finds what the reference finds is used', () => {
  const kernel = new DecimalKernel()
  expect(chosen(() => kernel)).toBe(kernel)
})

/** The first two that the reference finds. */
const [FIRST, SECOND] = [firstFrom(0), firstFrom(firstFrom(0) + 1)]

test.each([
  ['misses the first', liar((found) => (found === FIRST ? SECOND : found))],
  ['misses the last', liar((found) => (found !== undefined && found > 450 ? undefined : found))],
  ['finds nothing', liar(() => undefined)],
  ['finds one more', liar((found, from) => (from === FIRST + 1 ? FIRST + 1 : found))],
  ['goes back', liar(() => FIRST)],
  ['goes beyond the end', liar(() => 10 ** 6)],
  ['is one beside', liar((found) => (found === SECOND ? SECOND + 1 : found))],
])('one that %s is not: the reference is', (_what, kernel) => {
  expect(chosen(() => kernel)).toBe(REFERENCE)
})

test('a machine without SIMD, which cannot compile it, has the reference', () => {
  const noSimd = () => {
    throw new WebAssembly.CompileError('invalid simd opcode')
  }
  expect(chosen(noSimd)).toBe(REFERENCE)
})

test('one that fails is not used', () => {
  const trap = {
    begin: () => {
      throw new RangeError('memory access out of bounds')
    },
  }
  expect(chosen(() => trap)).toBe(REFERENCE)
})

function firstFrom(from: number): number {
  return REFERENCE.begin(JOB).search(from, CANDIDATES)!
}
