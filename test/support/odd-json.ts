import fc from 'fast-check'
import { jsonText } from './json-texts.js'

/** JSON texts at the limits of their readers: odd numbers, many brackets, and large texts of each kind that costs most. */

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })

const count = fc.oneof(fc.constantFrom(0, 1, 15, 16, 17, 300, 307, 308, 323, 324, 325, 342), fc.nat({ max: 800 }))

/** Numbers where readers differ: zeros, the ends of the float's range, ties between two floats, long digits and exponents. */
export const oddNumber: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['-0', '-0.0', '-0e5', '0e0', '-0E-0', '0e999999999999', '1e-999999999999', '1E400', '-1e400', '1e308', '1e309'],
    ...['5e-324', '4.9e-324', '2.4703282292062327e-324', '2.4703282292062328e-324', '2.2250738585072011e-308'],
    ...['2.2250738585072014e-308', '1.7976931348623157e308', '1.7976931348623158e308', '1.7976931348623159e308'],
    ...['9007199254740993', '9007199254740993.0', '9007199254740992.5', '0.30000000000000004', '123456789012345678e-5'],
    ...[
      '1e-4',
      '0.0001',
      '0.00009999999999999999',
      '9999999999999998.0',
      '1e16',
      '1e22',
      '1e23',
      '72057594037927945.0',
    ],
  ),
  // Python refuses an integer of 4,301 digits.
  fc
    .tuple(fc.constantFrom('', '-'), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 4_297, max: 4_301 }))
    .map(([sign, digit, length]) => sign + String(digit).repeat(length)),
  fc
    .tuple(fc.constantFrom('', '-'), digits(1, 20), count, digits(0, 20), fc.constantFrom('', '.0', 'e0', 'e-5'))
    .map(([sign, first, zeros, last, end]) => `${sign}1${first}${'0'.repeat(zeros)}${last}${end}`),
  fc
    .tuple(count, digits(1, 20), count)
    .map(([zeros, middle, more]) => `0.${'0'.repeat(zeros)}${middle}${'0'.repeat(more)}`),
  fc
    .tuple(digits(1, 20), fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), count, digits(1, 6))
    .map(([fraction, e, sign, zeros, exponent]) => `1.${fraction}${e}${sign}${'0'.repeat(zeros)}${exponent}`),
)

/** Brackets inside each other, about as many as a body or a block may have, sometimes closed once too often or too seldom. */
const deepText = fc
  .tuple(
    fc.constantFrom(
      ['[', ']'] as const,
      ['{"a":', '}'] as const,
      ['[[],', ']'] as const,
      ['{"b":', ',"a":0}'] as const,
    ),
    fc.oneof(fc.integer({ min: 30, max: 34 }), fc.integer({ min: 898, max: 902 }), fc.constantFrom(0, 1, 5_000)),
    fc.constantFrom(0, 0, 0, -1, 1),
    fc.oneof(jsonText, oddNumber),
  )
  .map(([[open, close], depth, more, inner]) => open.repeat(depth) + inner + close.repeat(Math.max(0, depth + more)))

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: oddNumber },
  { weight: 3, arbitrary: fc.tuple(oddNumber, jsonText).map(([number, text]) => `[${number}, {"a": ${text}}]`) },
  { weight: 3, arbitrary: deepText },
)

export interface LargeText {
  /** What it is made of, and how large. */
  readonly label: string
  readonly text: string
}

/** A number that looks random, for keys in no order. */
const scrambled = (i: number): string => (Math.imul(i, 2_654_435_761) >>> 0).toString(36)

const list = (item: string, size: number): string =>
  `[${Array(Math.ceil(size / (item.length + 1)))
    .fill(item)
    .join(',')}]`

const object = (length: number, key: (i: number) => string): string =>
  `{${Array.from({ length }, (_, i) => `"${key(i)}":1`).join(',')}}`

/** Many keys, each as long as there are of them, that differ only at their ends. */
const likeKeys = (unit: string, size: number): string => {
  const length = Math.ceil(Math.sqrt(size))
  const beginning = unit.repeat(Math.ceil(length / unit.length))
  return object(length, (i) => beginning + scrambled(i))
}

const around = (open: string, inner: string, close: string, depth: number): string =>
  open.repeat(depth) + inner + close.repeat(depth)

/** Texts of about so many bytes. */
const LARGE: Readonly<Record<string, (size: number) => string>> = {
  'plain string': (size) => `"${'x'.repeat(size)}"`,
  'string of escapes': (size) => `"${'\\u00e9'.repeat(size / 6)}"`,
  'string of newlines': (size) => `"${'\\n'.repeat(size / 2)}"`,
  'string of DEL': (size) => `"${'\x7f'.repeat(size)}"`,
  'string of é': (size) => `"${'é'.repeat(size / 2)}"`,
  'string of astral characters': (size) => `"${'😀'.repeat(size / 4)}"`,
  'string of half surrogate pairs': (size) => `"${'\\ud83d'.repeat(size / 6)}"`,
  'string without end': (size) => `"${'x'.repeat(size)}`,
  'short keys in no order': (size) => object(size / 11, scrambled),
  'one key again and again': (size) => object(size / 6, () => 'a'),
  'keys that differ at their ends': (size) => likeKeys('p', size),
  'keys of escapes that differ at their ends': (size) => likeKeys('\\n', size),
  'keys beyond ASCII that differ at their ends': (size) => likeKeys('\\u00e9', size),
  'few long keys': (size) => object(8, (i) => `${'p'.repeat(size / 8)}${9 - i}`),
  'objects out of order around a string': (size) => around('{"b":', `"${'x'.repeat(size)}"`, ',"a":1}', 890),
  'lists around a string': (size) => around('[', `"${'x'.repeat(size)}"`, ']', 890),
  'deep lists beside each other': (size) => list(around('[', '1', ']', 890), size),
  'deep objects beside each other': (size) => list(around('{"b":', '1', ',"a":1}', 890), size),
  'brackets without end': (size) => '['.repeat(size),
  'empty lists': (size) => list('[]', size),
  'empty objects': (size) => list('{}', size),
  'objects of two keys': (size) => list('{"b":0,"a":0}', size),
  'white space': (size) => `[${' '.repeat(size)}]`,
  'small integers': (size) => list('1', size),
  'integers of 4,300 digits': (size) => list('9'.repeat(4_300), size),
  'integer of too many digits': (size) => '9'.repeat(size),
  'short floats': (size) => list('0.1', size),
  'floats of 17 digits': (size) => list('1506280664.7179251', size),
  'floats with exponents': (size) => list('1e5', size),
  'smallest floats': (size) => list('2.2250738585072011e-308', size),
  'floats between two floats': (size) => list(`9007199254740993.${'0'.repeat(760)}1`, size),
  'float of many digits': (size) => `0.${'123456789'.repeat(size / 9)}`,
  'float of many zeros': (size) => `1.${'0'.repeat(size)}`,
  'exponent of many zeros': (size) => `1e${'0'.repeat(size)}1`,
}

/** @param maxBits of the size: 20 is a mebibyte */
export function largeText(maxBits: number): fc.Arbitrary<LargeText> {
  return fc
    .tuple(fc.constantFrom(...Object.keys(LARGE)), fc.integer({ min: 10, max: maxBits }), fc.constantFrom(0.6, 0.8, 1))
    .map(([kind, bits, part]) => ({
      label: `${kind}, ${part} * 2^${bits} bytes`,
      text: LARGE[kind]!(part * 2 ** bits),
    }))
}
