import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asciiOf, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../src/primitives/json/syntax-error.js'
import { blockText, jsonText } from '../support/json-texts.js'
import { BLOCK_LIMITS } from '../support/limits.js'
import { withMistakes } from '../support/mutations.js'
import { PythonOracle, withoutNewlines } from '../support/python-oracle.js'

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
    const broken = withMistakes(fc.oneof(blockText, jsonText).map(utf8)).map(withoutNewlines)
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
