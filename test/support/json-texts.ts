import fc from 'fast-check'

/** Random JSON texts in the forms that writers of JSON use, and in those that only an adversary would. */

const whiteSpace = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constant(' ') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 5 }) },
)

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength })

const wholePart = fc.oneof(
  fc.constant('0'),
  fc.nat().map(String),
  fc.tuple(fc.constantFrom(...'123456789'), digits(25)).map((parts) => parts.join('')),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }).map(String),
)

const exponent = fc
  .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.constantFrom('', '0', '00'), fc.nat({ max: 30 }))
  .map((parts) => parts.join(''))

/** The text of a number; integers, decimals near the borders of the float formats, and what other programs print. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom('', '-'), wholePart).map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      wholePart,
      fc.option(
        digits(20).map((d) => `.${d}`),
        { nil: '' },
      ),
      fc.option(exponent, { nil: '' }),
    )
    .map((parts) => parts.join('')),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0.0' : String(value))),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
  fc.double({ noNaN: true, min: 1e-7, max: 1e17 }).map((value) => value.toFixed(12)),
  fc.double({ noNaN: true, min: 1.5e9, max: 1.8e9 }).map((value) => value.toFixed(6)),
  fc.constantFrom(
    '-0',
    '-0.0',
    '1.0',
    '1e16',
    '9999999999999998.0',
    '0.0001',
    '0.00001',
    '1e-400',
    '1.7976931348623157e308',
  ),
)

const hexDigits = (unit: number): fc.Arbitrary<string> =>
  fc.boolean().map((upper) => {
    const hex = unit.toString(16).padStart(4, '0')
    return `\\u${upper ? hex.toUpperCase() : hex}`
  })

const rawCharacter = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7f }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xd7ff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0xffff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x10000, max: 0x10ffff }) },
  )
  .map((point) => String.fromCodePoint(point))
  .filter((character) => character !== '"' && character !== '\\')

const escapeSequence = fc.oneof(
  fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t'),
  fc.nat({ max: 0xff }).chain(hexDigits),
  fc.nat({ max: 0xffff }).chain(hexDigits),
  fc.integer({ min: 0xd800, max: 0xdfff }).chain(hexDigits),
  fc
    .tuple(
      fc.integer({ min: 0xd800, max: 0xdbff }).chain(hexDigits),
      fc.integer({ min: 0xdc00, max: 0xdfff }).chain(hexDigits),
    )
    .map((pair) => pair.join('')),
)

/** A string with its quotes; half of its escapes are needless or of lone surrogates. */
export const stringText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 4, arbitrary: rawCharacter }, { weight: 1, arbitrary: escapeSequence }), { maxLength: 12 })
  .map((pieces) => `"${pieces.join('')}"`)

/** Few different keys in several spellings, so that duplicates are common. */
const knownKey = fc.constantFrom(
  ...[
    '"a"',
    '"\\u0061"',
    '"b"',
    '"ab"',
    '""',
    '"__proto__"',
    '"\\u005f_proto__"',
    '"constructor"',
    '"toString"',
    '"1"',
    '"10"',
    '"2"',
  ],
  ...[
    '"é"',
    '"\\u00e9"',
    '"\x7f"',
    '"\\u007F"',
    '"😀"',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\ude00"',
    '"\uffff"',
    '"\ue000"',
    '"~"',
  ],
)

const keyText = fc.oneof({ weight: 2, arbitrary: knownKey }, { weight: 1, arbitrary: stringText })

const spaced = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(whiteSpace, text, whiteSpace).map((parts) => parts.join(''))

const list = (open: string, parts: readonly string[], close: string, filler: string): string =>
  `${open}${parts.length === 0 ? filler : parts.join(',')}${close}`

const { value: shallowText } = fc.letrec<{ value: string; member: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    spaced(fc.oneof(numberText, stringText, fc.constantFrom('true', 'false', 'null'))),
    spaced(numberText),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 5 }), whiteSpace)
      .map(([parts, filler]) => list('[', parts, ']', filler)),
    fc
      .tuple(fc.array(tie('member'), { maxLength: 24 }), whiteSpace)
      .map(([parts, filler]) => list('{', parts, '}', filler)),
  ),
  member: fc.tuple(spaced(keyText), tie('value')).map(([key, value]) => `${key}:${value}`),
}))

/** The text of any value, now and then in many brackets. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: shallowText },
  {
    weight: 1,
    arbitrary: fc
      .tuple(shallowText, fc.nat({ max: 700 }), fc.constantFrom(['[', ']'] as const, ['{"a":', '}'] as const))
      .map(([inner, depth, [open, close]]) => open.repeat(depth) + inner + close.repeat(depth)),
  },
)

/** The text of a transaction, sometimes with a field of its own. */
export function transactionText(amounts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(stringText, stringText, amounts, fc.option(fc.tuple(keyText, jsonText), { nil: undefined }))
    .chain(([sender, recipient, amount, extra]) => {
      const members = [`"sender":${sender}`, `"recipient":${recipient}`, `"amount":${amount}`]
      if (extra !== undefined) members.push(`${extra[0]}:${extra[1]}`)
      return objectText(members)
    })
}

/** Members of an object, in any order and with any white space. */
export function objectText(members: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.shuffledSubarray([...members], { minLength: members.length }),
      fc.array(whiteSpace, { minLength: 2, maxLength: 2 }),
    )
    .map(([shuffled, [before, behind]]) => `{${shuffled.map((member) => `${before}${member}${behind}`).join(',')}}`)
}

/** The text of a block as a peer might send it: the tutorial's five fields, and sometimes fields of its own. */
export const blockText: fc.Arbitrary<string> = fc
  .tuple(
    fc.tuple(numberText, numberText, fc.oneof(numberText, stringText)),
    fc.oneof(stringText, fc.constantFrom('1', '"1"')),
    fc.array(transactionText(numberText), { maxLength: 4 }),
    fc.array(fc.tuple(keyText, jsonText), { maxLength: 2 }),
  )
  .chain(([[index, timestamp, proof], previousHash, transactions, extras]) =>
    objectText([
      `"index":${index}`,
      `"timestamp":${timestamp}`,
      `"proof":${proof}`,
      `"previous_hash":${previousHash}`,
      `"transactions":[${transactions.join(',')}]`,
      ...extras.map(([key, value]) => `${key}:${value}`),
    ]),
  )
