import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asciiOf, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { pythonRepr } from '../../src/primitives/json/python-float.js'
import { PythonOracle } from '../support/python-oracle.js'

const BATCH = 50_000
const ROOMY = { maxDepth: 1, maxBytes: 30 * BATCH }
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

  /** Whether copied or not, a decimal in JSON prints as Python prints its float. */
  async function expectPrinted(texts: readonly string[]): Promise<void> {
    const answers = await python.askAll(texts.map((text) => bitsOf(Number(text))))
    const printed = asciiOf(canonicalJson(utf8(`[${texts.join(',')}]`), ROOMY))
      .slice(1, -1)
      .split(', ')
    const wrong = printed.findIndex((text, i) => text !== answers[i])
    expect(wrong < 0 ? '' : `${texts[wrong]} is ${answers[wrong]}, not ${printed[wrong]}`).toBe('')
  }

  // What is copied and what is printed anew is decided without the float: see isOwnRepr.
  test.each([
    ['up to 15 digits', upTo15Digits],
    ['16 digits', sixteenDigits],
    ['16 digits beside those up to which all are copied', besideLimit],
    ['beside a power of two, where the gaps of the floats change', besidePowerOfTwo],
    ['a time with seven digits behind the point', timeOfSeven],
  ])('100,000 decimals in JSON: %s', { timeout: 120_000 }, async (_what, next) => {
    const batch = fc.integer().map((seed) => batchOf(seed, next))
    await fc.assert(fc.asyncProperty(batch, expectPrinted), { numRuns: 2, endOnFailure: true })
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

function batchOf<Item>(seed: number, next: (random: Random) => Item): Item[] {
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

function upTo15Digits(random: Random): string {
  return withPoint(random, digits(random, 1 + (random() % 15)))
}

function sixteenDigits(random: Random): string {
  return withPoint(random, digits(random, 16))
}

function besideLimit(random: Random): string {
  const limit = [3n * 10n ** 15n, 2n ** 52n, 2n ** 53n][random() % 3]!
  return withPoint(random, String(limit - 1_000n + BigInt(random() % 2_000)))
}

/** Digits without a zero in front. */
function digits(random: Random, count: number): string {
  let text = String(1 + (random() % 9))
  while (text.length < count) text += random() % 10
  return text
}

/** The digits with a point somewhere between them, behind them, or before them with up to five zeros. */
function withPoint(random: Random, text: string): string {
  const point = random() % (text.length + 1)
  const sign = random() % 4 === 0 ? '-' : ''
  if (point === 0) return `${sign}0.${'0'.repeat(random() % 6)}${text}`
  return `${sign}${text.slice(0, point)}.${text.slice(point) || '0'}`
}

/** Up to 50 units of the last of 15 to 17 digits from it. */
function besidePowerOfTwo(random: Random): string {
  const power = String(2 ** (random() % 50))
  const decimals = 15 + (random() % 3) - power.length
  if (decimals < 1) return `${power}.0`
  const units = BigInt(power) * 10n ** BigInt(decimals) - 50n + BigInt(random() % 101)
  const text = String(units).padStart(decimals + 1, '0')
  return `${text.slice(0, -decimals)}.${text.slice(-decimals)}`
}

/** From 2001 to 2128, and often at the ends of the range that is decided without the float. */
function timeOfSeven(random: Random): string {
  const ends = [2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1, 2 ** 31]
  const second = random() % 4 === 0 ? ends[random() % 4]! : 1e9 + (random() % 4e9)
  return `${second}.${String(random() % 1e7).padStart(7, '0')}`
}
