import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEV, definitionText, SECURE } from '../../../../src/consensus/secure/definition.js'
import {
  type CoinbaseFields,
  signedText,
  type TransferFields,
  transactionOf,
} from '../../../../src/consensus/secure/transaction.js'
import { asciiOf, textOf } from '../../../../src/primitives/bytes.js'

// What is hashed is printed here by hand: it is held against a library for RFC 8785.
const amount = fc.maxSafeNat()
const text = fc.string({ unit: 'binary' })
const memo = fc.option(text, { nil: undefined })
const transfer = fc.record({
  sender: text,
  recipient: text,
  amount,
  fee: amount,
  nonce: amount,
  memo,
  public_key: text,
  signature: text,
})
const coinbase = fc.record({ sender: fc.constant('0'), recipient: text, amount, nonce: amount, memo })

function withoutMissing<T extends object>(fields: T): T {
  return JSON.parse(JSON.stringify(fields))
}

test('a transfer, as it is hashed and as it is signed', () => {
  fc.assert(
    fc.property(transfer, text, (fields, network) => {
      // Keys and signatures are hex, of which nothing is escaped.
      const plain = { ...fields, public_key: 'ab'.repeat(32), signature: 'cd'.repeat(64) } as TransferFields
      expect(textOf(transactionOf(plain).jcs)).toBe(canonicalize(withoutMissing(plain)))
      const { signature: _, ...unsigned } = withoutMissing(plain)
      const id = Buffer.from(network).toString('hex')
      expect(signedText(plain, id)).toBe(canonicalize({ ...unsigned, network: id }))
    }),
  )
})

test('a coinbase', () => {
  fc.assert(
    fc.property(coinbase, (fields) => {
      expect(textOf(transactionOf(fields as CoinbaseFields).jcs)).toBe(canonicalize(withoutMissing(fields)))
    }),
  )
})

test('a definition', () => {
  for (const definition of [SECURE, DEV]) expect(definitionText(definition)).toBe(canonicalize(definition))
})

test('what is stored of a transaction is what Python prints of it, and reads as the same', () => {
  const fields = { sender: '0', recipient: 'bob', amount: 5, nonce: 2, memo: 'Ü ☕ "x" \\' } as const
  const { encoded } = transactionOf(fields)
  expect(asciiOf(encoded)).toBe(
    '{"amount": 5, "memo": "\\u00dc \\u2615 \\"x\\" \\\\", "nonce": 2, "recipient": "bob", "sender": "0"}',
  )
  expect(JSON.parse(asciiOf(encoded))).toEqual(fields)
})
