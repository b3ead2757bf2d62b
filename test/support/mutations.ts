import fc from 'fast-check'
import { utf8 } from '../../src/primitives/bytes.js'

/** What a broken or hostile writer puts into a JSON text. */
const JSON_INTRUDERS = [
  ...['NaN', 'Infinity', '-Infinity', '1e999', '01', '+1', '.5', '1.', '1e', '-', '0', '9', 'e', 'E', 'true', '-0'],
  ...["'", '"', '\\', ',', ':', '[', ']', '{', '}', '//', '\\u12', '\\ud83d', '\\u0000'],
  ...['\u00a0', '\u2028', '\ufeff', '\x00', '\x0b', '\x1f', '\x7f'],
]

interface Mutation {
  kind: 'insert' | 'replace' | 'delete' | 'flip' | 'truncate' | 'repeat'
  /** From 0 up to 1: where in the text. */
  place: number
  length: number
  intruder: Uint8Array
}

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'replace', 'delete', 'flip', 'truncate', 'repeat'),
  place,
  length: fc.integer({ min: 1, max: 8 }),
  intruder: fc.oneof(
    fc.constantFrom(...JSON_INTRUDERS).map(utf8),
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

/** Texts with a mistake or two in them. */
export function withMistakes(texts: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(texts, fc.array(mutation, { minLength: 1, maxLength: 2 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text))
}

/** The beginning of one text and the end of another. */
export function spliced(texts: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(texts, texts, place, place)
    .map(([first, second, upTo, from]) =>
      Buffer.concat([
        first.subarray(0, Math.ceil(upTo * first.length)),
        second.subarray(Math.floor(from * second.length)),
      ]),
    )
}
