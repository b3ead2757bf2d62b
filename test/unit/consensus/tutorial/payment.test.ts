import { describe, expect, test } from 'vitest'
import { networkNamed } from '../../../../src/consensus/networks.js'
import { isReject } from '../../../../src/consensus/reject.js'
import { checkPayment, decodePayment } from '../../../../src/consensus/tutorial/payment.js'
import { asciiOf, utf8 } from '../../../../src/primitives/bytes.js'
import { parseJson, printJson } from '../../../../src/primitives/json/value.js'
import { codeOf, EASY } from '../../../support/tutorial.js'

function request(text: string) {
  return parseJson(utf8(text), { maxDepth: 10, maxBytes: 100_000 })
}

/** A payment with one field as other JSON text. */
function payment(field: string, json: string): string {
  const fields: Record<string, string> = { sender: '"a"', recipient: '"b"', amount: '5', [field]: json }
  return `{${Object.entries(fields)
    .map(([name, value]) => `"${name}": ${value}`)
    .join(', ')}}`
}

describe('a payment is admitted', () => {
  test.each(['5', '1', '0.25', '5.0', '1e16', '1e-7', '5e-324', '12345678901234567890', '1.7976931348623157e308'])(
    'with the amount %s, printed as Python would',
    (amount) => {
      const encoded = decodePayment(request(payment('amount', amount)))
      if (isReject(encoded)) throw new Error(encoded.message)
      const python = { '1e16': '1e+16', '1e-7': '1e-07', '1.7976931348623157e308': '1.7976931348623157e+308' }[amount]
      expect(asciiOf(encoded)).toBe(`{"amount": ${python ?? amount}, "recipient": "b", "sender": "a"}`)
    },
  )

  test.each([
    ['a name', '"alice"'],
    ['a space', '" "'],
    ['"00", which is not "0"', '"00"'],
    ['a character beyond ASCII', '"\\ud83d\\ude00"'],
    ['itself', '"b"'],
  ])('from %s', (_what, sender) => {
    expect(checkPayment(request(payment('sender', sender)))).toBeUndefined()
  })

  test('to "0": only as a sender it stands for the network', () => {
    expect(checkPayment(request(payment('recipient', '"0"')))).toBeUndefined()
  })

  test('without its other fields, as in the Python program', () => {
    const encoded = decodePayment(request('{"fee": 3, "sender": "a", "amount": 1, "recipient": "b", "__proto__": 1}'))
    if (isReject(encoded)) throw new Error(encoded.message)
    expect(asciiOf(encoded)).toBe('{"amount": 1, "recipient": "b", "sender": "a"}')
  })
})

describe('bad-format', () => {
  test.each(['[]', '"text"', '5', 'null', 'true'])('%s is no payment', (text) => {
    expect(decodePayment(request(text))).toMatchObject({ code: 'bad-format', fault: 'sender' })
  })
})

describe('missing-value', () => {
  test.each(['sender', 'recipient', 'amount'])('%s is missing', (field) => {
    const text = payment(field, '1').replace(`"${field}": 1`, '"other": 1')
    expect(decodePayment(request(text))).toMatchObject({ code: 'missing-value', message: `"${field}" is missing` })
  })

  test('null is there, and wrong for another reason', () => {
    expect(codeOf(decodePayment(request(payment('sender', 'null'))))).toBe('bad-address')
    expect(codeOf(decodePayment(request(payment('amount', 'null'))))).toBe('bad-amount')
  })

  test('a prototype does not fill in for a field', () => {
    expect(codeOf(decodePayment(request('{"__proto__": {"sender": "a", "recipient": "b", "amount": 1}}')))).toBe(
      'missing-value',
    )
  })
})

describe('bad-address', () => {
  describe.each(['sender', 'recipient'])('%s', (field) => {
    test.each([
      ['""', 'an empty text'],
      ['7', 'a number'],
      ['null', 'null'],
      ['true', 'true'],
      ['["a"]', 'a list'],
      ['{"a": 1}', 'an object'],
    ])('%s is refused', (json, got) => {
      expect(decodePayment(request(payment(field, json)))).toMatchObject({
        code: 'bad-address',
        message: `"${field}" must be a text that is not empty`,
        got,
      })
    })
  })

  test('the sender "0" is refused: only a reward comes from it', () => {
    expect(codeOf(decodePayment(request(payment('sender', '"0"'))))).toBe('bad-address')
    expect(codeOf(decodePayment(request(payment('sender', '"\\u0030"'))))).toBe('bad-address')
  })
})

describe('bad-amount', () => {
  test.each(['0', '-0', '0.0', '-0.0', '0e5', '1e-400', '-1', '-0.5', '-1e16'])('%s is not above zero', (amount) => {
    expect(decodePayment(request(payment('amount', amount)))).toMatchObject({
      code: 'bad-amount',
      message: '"amount" must be above zero',
    })
  })

  test.each([
    ['"5"', 'a text'],
    ['true', 'true'],
    ['null', 'null'],
    ['[5]', 'a list'],
    ['{}', 'an object'],
  ])('%s is no number', (amount, got) => {
    expect(decodePayment(request(payment('amount', amount)))).toMatchObject({
      code: 'bad-amount',
      message: '"amount" must be a number',
      got,
    })
  })
})

describe('a transaction of an abandoned block may become pending again', () => {
  test('when it is a payment, fields of its own included', () => {
    expect(EASY.checkTransaction(utf8('{"amount": 1, "memo": [1], "recipient": "b", "sender": "a"}'))).toBeUndefined()
  })

  test.each([
    '7',
    '{}',
    '{"amount": 0, "recipient": "b", "sender": "a"}',
    '{"amount": 1, "recipient": 2, "sender": "a"}',
  ])('but not %s', (text) => {
    expect(EASY.checkTransaction(utf8(text))).toBeDefined()
  })
})

describe('paymentRequest: what a person types', () => {
  const { checkAmount, ...tutorial } = networkNamed('tutorial')!
  const paymentRequest = tutorial.paymentRequest!

  test.each([
    ['5', '5'],
    ['5.0', '5.0'],
    [' 0.25 ', '0.25'],
    ['1e3', '1000.0'],
  ])('the amount %j becomes %s', (amount, printed) => {
    const body = paymentRequest({ from: 'a', to: 'b', amount })
    if (isReject(body)) throw new Error(body.message)
    expect(printJson(body)).toBe(`{"amount": ${printed}, "recipient": "b", "sender": "a"}`)
  })

  test.each(['', 'five', '0x10', '1,5', '.5', '5.', '+5', '"5"', 'true', 'NaN', '1e999', '[5]', '-1', '0'])(
    'bad-amount: %j',
    (amount) => {
      expect(codeOf(paymentRequest({ from: 'a', to: 'b', amount }))).toBe('bad-amount')
      expect(checkAmount(amount)).toEqual(paymentRequest({ from: 'a', to: 'b', amount }))
    },
  )

  test('bad-address: an empty name, and the sender "0"', () => {
    expect(codeOf(paymentRequest({ from: '', to: 'b', amount: '1' }))).toBe('bad-address')
    expect(codeOf(paymentRequest({ from: 'a', to: '', amount: '1' }))).toBe('bad-address')
    expect(codeOf(paymentRequest({ from: '0', to: 'b', amount: '1' }))).toBe('bad-address')
  })
})
