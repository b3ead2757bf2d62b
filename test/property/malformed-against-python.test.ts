import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asciiOf, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../src/primitives/json/syntax-error.js'
import { blockText, jsonText } from '../support/json-texts.js'
import { BLOCK_LIMITS } from '../support/limits.js'
import { PythonOracle, withoutNewlines } from '../support/python-oracle.js'

/** What a broken or hostile writer puts into a text. */
const INTRUDERS = [
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '-',
    "'",
    '"',
    '\\',
    ',',
    ':',
    '[',
    ']',
    '{',
  ],
  ...[
    '}',
    '//',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\x00',
    '\x0b',
    '\x1f',
    '\x7f',
    '\\u12',
    '\\ud83d',
    '0',
    '9',
    'e',
    'E',
    'true',
  ],
]

interface Mutation {
  kind: 'insert' | 'replace' | 'delete' | 'flip' | 'truncate' | 'repeat'
  /** From 0 up to 1: where in the text. */
  place: number
  length: number
  intruder: Uint8Array
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'replace', 'delete', 'flip', 'truncate', 'repeat'),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 8 }),
  intruder: fc.oneof(
    fc.constantFrom(...INTRUDERS).map(utf8),
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
    // Lead bytes with what may and may not follow them.
    fc
      .tuple(fc.integer({ min: 0xc0, max: 0xf8 }), fc.uint8Array({ min: 0x7e, max: 0xc1, maxLength: 3 }))
      .map(([lead, rest]) => Uint8Array.of(lead, ...rest)),
  ),
})

function mutate(text: Uint8Array, { kind, place, length, intruder }: Mutation): Uint8Array {
  const at = Math.floor(place * text.length)
  const [before, behind] = [text.subarray(0, at), text.subarray(at)]
  const some = behind.subarray(0, length)
  switch (kind) {
    case 'insert':
      return Buffer.concat([before, intruder, behind])
    case 'replace':
      return Buffer.concat([before, intruder, behind.subarray(length)])
    case 'delete':
      return Buffer.concat([before, behind.subarray(length)])
    case 'flip':
      return Buffer.concat([before, some.map((byte) => byte ^ (1 << (length - 1))), behind.subarray(length)])
    case 'truncate':
      return before
    case 'repeat':
      return Buffer.concat([before, some, behind])
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/gs

/** Why Python reads what we refuse; undefined is a mistake of ours. */
function documentedReason(text: Uint8Array): string | undefined {
  const hex = Buffer.from(text).toString('hex')
  if (text.includes(0) || /^(fffe|feff)/.test(hex)) return 'UTF-16 or UTF-32, which Python guesses from NUL bytes'
  if (hex.startsWith('efbbbf')) return 'a byte order mark'
  // CPython decodes with "surrogatepass"; no encoder writes this.
  if (/ed[ab]./.test(hex)) return 'half of a surrogate pair in UTF-8'
  const bare = Buffer.from(text).toString('latin1').replace(STRING, '""')
  if (/NaN|Infinity/.test(bare)) return 'NaN or Infinity'
  const numbers = bare.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? []
  if (numbers.some((number) => !Number.isFinite(Number(number)))) return 'a float that overflows'
  return undefined
}

describe('a malformed text is refused where Python refuses it', () => {
  let python: PythonOracle
  beforeAll(async () => {
    python = await new PythonOracle().start()
  })
  afterAll(() => python?.stop())

  const outcomes = { readByBoth: 0, refusedByBoth: 0, refusedByUs: 0 }

  async function judge(text: Uint8Array): Promise<void> {
    const answer = await python.ask(text)
    let printed: string
    try {
      printed = asciiOf(canonicalJson(text, BLOCK_LIMITS))
    } catch (error) {
      expect(error).toBeInstanceOf(JsonSyntaxError)
      if (answer.startsWith('refused')) {
        outcomes.refusedByBoth++
      } else {
        expect(documentedReason(text), `refused by us, and Python says ${answer}`).toBeDefined()
        outcomes.refusedByUs++
      }
      return
    }
    expect(answer.replace(/^ok \w+ /, '')).toBe(printed)
    outcomes.readByBoth++
  }

  test('12,000 texts with mistakes in them', { timeout: 120_000 }, async () => {
    const broken = fc
      .tuple(fc.oneof(blockText, jsonText), fc.array(mutation, { minLength: 1, maxLength: 2 }))
      .map(([text, mutations]) => withoutNewlines(mutations.reduce(mutate, utf8(text))))
    await fc.assert(fc.asyncProperty(broken, judge), { numRuns: 12_000 })
    // The texts were of use only if they came down on every side.
    expect(outcomes.readByBoth).toBeGreaterThan(100)
    expect(outcomes.refusedByBoth).toBeGreaterThan(3_000)
    expect(outcomes.refusedByUs).toBeGreaterThan(20)
  })

  test('3,000 strings of random bytes, invalid UTF-8 in every form', { timeout: 120_000 }, async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc
        .tuple(
          fc.constantFrom(0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xef, 0xf0, 0xf1, 0xf4),
          fc.uint8Array({ min: 0x7f, max: 0xc0, maxLength: 4 }),
        )
        .map(([lead, rest]) => Uint8Array.of(lead, ...rest)),
    )
    const text = bytes.map((inner) => withoutNewlines(Uint8Array.of(0x22, ...inner, 0x22)))
    await fc.assert(fc.asyncProperty(text, judge), { numRuns: 3_000 })
  })
})
