import fc from 'fast-check'
import { asciiOf, utf8 } from '../../../src/primitives/bytes.js'
import { canonicalJson, type JsonLimits } from '../../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../../src/primitives/json/syntax-error.js'
import { parseJson, printJson } from '../../../src/primitives/json/value.js'
import { demandsOf, flawOf, sameJson } from '../../support/json-demands.js'
import { blockText, jsonText } from '../../support/json-texts.js'
import { BLOCK_LIMITS } from '../../support/limits.js'
import { spliced, withMistakes } from '../../support/mutations.js'
import { largeText, oddText } from '../../support/odd-json.js'
import { demand, legible, type Outcome, type Stopwatch, stateless, type Target } from './target.js'

interface JsonInput {
  /** What it is, where it is too large to be shown. */
  readonly label: string
  readonly text: Uint8Array
  readonly limits: JsonLimits
}

/** What a request's body may ask of its reader, written again. */
const BODY_LIMITS: JsonLimits = { maxDepth: 32, maxBytes: 4_194_304 }
const BODY_BITS = 20
const BLOCK_BITS = 23

const validText = fc.oneof(jsonText, blockText, oddText).map(utf8)
const anyText = fc.oneof(
  { weight: 5, arbitrary: validText },
  { weight: 8, arbitrary: withMistakes(validText) },
  { weight: 2, arbitrary: spliced(validText) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((inner) => Uint8Array.of(0x22, ...inner, 0x22)) },
)

const ofLimits = (limits: JsonLimits, bits: number): fc.Arbitrary<JsonInput> =>
  fc.oneof(
    {
      weight: 1_000,
      arbitrary: anyText.map((text) => ({ label: '', text, limits })),
    },
    { weight: 1, arbitrary: largeText(bits).map(({ label, text }) => ({ label, text: utf8(text), limits })) },
  )

/** The reader of JSON, with the limits of a request's body and of a block. */
export const jsonTarget: Target<JsonInput> = {
  name: 'JSON',
  inputs: fc.oneof(ofLimits(BODY_LIMITS, BODY_BITS), ofLimits(BLOCK_LIMITS, BLOCK_BITS)),
  label: ({ label, text }) => label || legible(text),
  bytesOf: ({ text }) => text.length,
  open: () => stateless(judge),
}

function judge({ text, limits }: JsonInput, stopwatch: Stopwatch): Outcome {
  const reference = referenceOf(text)
  let printed: Uint8Array
  try {
    printed = stopwatch.time(() => canonicalJson(text, limits))
  } catch (error) {
    demand(error instanceof JsonSyntaxError, `it throws only JsonSyntaxError, not ${error}`)
    if (reference !== undefined) {
      const reason = reasonToRefuse(reference.text, limits)
      demand(reason !== undefined, `what JSON.parse reads is refused only beyond a limit, not with ${error.message}`)
    }
    return 'refused'
  }
  demand(reference !== undefined, 'what JSON.parse refuses is refused')
  const ascii = asciiOf(printed)
  demand(/^[ -~]*$/.test(ascii), 'what is printed is ASCII')
  demand(sameJson(JSON.parse(ascii), reference.value), 'what is printed has the value of the text')
  demand(flawOf(ascii) === undefined, `what is printed has no flaw, such as ${flawOf(ascii)}`)
  const again = canonicalJson(printed, limits)
  demand(Buffer.compare(again, printed) === 0, 'the canonical form of a canonical text is itself')
  const value = stopwatch.time(() => parseJson(text, limits))
  demand(stopwatch.time(() => printJson(value)) === ascii, 'a value that is parsed and printed is the canonical text')
  return 'accepted'
}

/** The text and its value to JavaScript; undefined where it is no JSON in UTF-8. */
function referenceOf(bytes: Uint8Array): { text: string; value: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text, value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Why a text that JavaScript reads is not read by us; undefined is a mistake of ours. */
function reasonToRefuse(text: string, { maxDepth, maxBytes }: JsonLimits): string | undefined {
  const { depth, integerDigits, overflows } = demandsOf(text)
  if (depth > maxDepth) return 'nesting'
  // As in Python, sys.get_int_max_str_digits.
  if (integerDigits > 4_300) return 'an integer of more than 4,300 digits'
  if (overflows) return 'a float that overflows'
  // A character prints as six bytes at most, and a comma with a space behind it.
  if (6 * text.length > maxBytes) return 'size'
  return undefined
}
