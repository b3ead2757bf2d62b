import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { pythonRepr } from '../../src/primitives/json/python-float.js'
import { PythonOracle } from '../support/python-oracle.js'

const BATCH = 50_000
const view = new DataView(new ArrayBuffer(8))

describe('pythonRepr prints a float as in Python', () => {
  let python: PythonOracle
  beforeAll(async () => {
    python = await new PythonOracle('--floats').start()
  })
  afterAll(() => python?.stop())

  async function expectAgreement(values: readonly number[]): Promise<void> {
    const answers = await python.askAll(values.map(bitsOf))
    const wrong = values.findIndex((value, i) => pythonRepr(value) !== answers[i])
    expect(wrong < 0 ? '' : `${values[wrong]} is ${answers[wrong]}, not ${pythonRepr(values[wrong]!)}`).toBe('')
  }

  test('700,000 floats of random bits', { timeout: 120_000 }, async () => {
    const batch = fc.integer().map((seed) => batchOf(seed, randomBits))
    await fc.assert(fc.asyncProperty(batch, expectAgreement), { numRuns: 14, endOnFailure: true })
  })

  test('300,000 decimals, half of them around the borders of the formats', { timeout: 120_000 }, async () => {
    const batch = fc.integer().map((seed) => batchOf(seed, decimalNearBorder))
    await fc.assert(fc.asyncProperty(batch, expectAgreement), { numRuns: 6, endOnFailure: true })
  })

  test('a decimal of up to 15 digits, which is copied and not printed, is its own repr', async () => {
    const digits = fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }).map(String)
    const decimals = fc
      .tuple(digits, fc.nat({ max: 14 }))
      .map(([text, point]) => `${text.slice(0, point + 1)}.${text.slice(point + 1) || '0'}`)
    await fc.assert(
      fc.asyncProperty(fc.array(decimals, { minLength: 1000, maxLength: 1000 }), async (texts) => {
        const answers = await python.askAll(texts.map((text) => bitsOf(Number(text))))
        const ours = texts.map((text) =>
          Buffer.from(canonicalJson(utf8(text), { maxDepth: 0, maxBytes: 100 })).toString('ascii'),
        )
        expect(ours).toEqual(answers)
      }),
      { numRuns: 20, endOnFailure: true },
    )
  })
})

/** 16 hex digits of the float's bits, big-endian. */
function bitsOf(value: number): string {
  view.setFloat64(0, value)
  return hex(view.getUint32(0)) + hex(view.getUint32(4))
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}

type Random = () => number

function batchOf(seed: number, next: (random: Random) => number): number[] {
  const random = mulberry32(seed)
  return Array.from({ length: BATCH }, () => next(random))
}

/** Uniform integers below 2^32, the same for the same seed. */
function mulberry32(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

function randomBits(random: Random): number {
  for (;;) {
    view.setUint32(0, random())
    view.setUint32(4, random())
    const value = view.getFloat64(0)
    if (Number.isFinite(value)) return value
  }
}

const BORDERS = [1e-5, 1e-4, 1e-3, 1e-6, 1e-7, 0.1, 1, 2 ** 53, 1e15, 1e16, 1e17, 1e21, 1e22, 1e23, 2 ** -1022, 1e308]

function decimalNearBorder(random: Random): number {
  if (random() % 2 === 0) {
    const digits = String(random() * 2 ** 21 + (random() % 2 ** 21)).slice(0, 1 + (random() % 17))
    return Number(`${digits}e${(random() % 45) - 25}`)
  }
  // Up to 16 steps of the last bit from a border, and now and then the same number negative.
  view.setFloat64(0, BORDERS[random() % BORDERS.length]!)
  view.setBigInt64(0, view.getBigInt64(0) + BigInt((random() % 33) - 16))
  const value = view.getFloat64(0)
  return random() % 4 === 0 ? -value : value
}
