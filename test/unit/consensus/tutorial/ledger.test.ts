import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Balance } from '../../../../src/consensus/rules.js'
import { jsonText } from '../../../support/json-texts.js'
import { MemoryLedger } from '../../../support/memory-ledger.js'
import { decodeText, EASY } from '../../../support/tutorial.js'

/** A block of transactions, written `sender recipient amount`; the amount is JSON text. */
function block(...payments: string[]): ReturnType<typeof decodeText> {
  const transactions = payments.map((payment) => {
    const [sender, recipient, amount] = payment.split(' ')
    return `{"sender": "${sender}", "recipient": "${recipient}", "amount": ${amount}}`
  })
  return decodeText(`{"transactions": [${transactions.join(', ')}]}`)
}

function balanceOf(ledger: MemoryLedger, address: string): Balance {
  return EASY.readBalance(ledger.get(EASY.balanceKey(address)))
}

function balanceAfter(address: string, ...payments: string[]): Balance {
  const ledger = new MemoryLedger()
  EASY.connectBlock(block(...payments), ledger)
  return balanceOf(ledger, address)
}

describe('a balance is the exact decimal sum', () => {
  test.each([
    ['0.1 + 0.2 is 0.3', ['x a 0.1', 'x a 0.2'], '0.3'],
    ['what is sent is taken off', ['x a 10', 'a x 3', 'a x 0.5'], '6.5'],
    ['it may be negative: nothing was checked', ['a x 5'], '-5'],
    ['integers above 2^53 count to the last digit', ['x a 9007199254740993', 'x a 1'], '9007199254740994'],
    [
      'the largest and the smallest float lie side by side',
      ['x a 1e22', 'x a 1e-7'],
      '10000000000000000000000.0000001',
    ],
    ['1.0 counts as 1', ['x a 1.0', 'x a 1'], '2'],
    ['a negative amount counts as such', ['x a -3'], '-3'],
    ['paying oneself changes nothing', ['a a 5'], '0'],
    ['rewards count', ['0 a 1', '0 a 1'], '2'],
  ])('%s', (_what, payments, amount) => {
    expect(balanceAfter('a', ...payments)).toEqual({ amount, uncounted: 0 })
  })

  test('an address that nobody named holds 0', () => {
    expect(balanceAfter('b', 'x a 1')).toEqual({ amount: '0', uncounted: 0 })
  })

  test('is never printed with an exponent', () => {
    expect(balanceAfter('a', 'x a 1e300').amount).toBe(`1${'0'.repeat(300)}`)
    expect(balanceAfter('a', 'x a 5e-324').amount).toMatch(/^0\.0{323}5$/)
  })
})

describe('what is no number is counted and said', () => {
  test.each(['"5"', 'true', 'null', '[1]', '{"n":1}'])('the amount %s', (amount) => {
    expect(balanceAfter('a', 'x a 2', `x a ${amount}`)).toEqual({ amount: '2', uncounted: 1 })
    expect(balanceAfter('x', 'x a 2', `x a ${amount}`)).toEqual({ amount: '-2', uncounted: 1 })
  })

  test('a missing amount too', () => {
    const ledger = new MemoryLedger()
    EASY.connectBlock(decodeText('{"transactions": [{"sender": "a", "recipient": "b"}]}'), ledger)
    expect(balanceOf(ledger, 'a')).toEqual({ amount: '0', uncounted: 1 })
  })

  test('a transaction without names, or that is none, moves nothing', () => {
    const ledger = new MemoryLedger()
    EASY.connectBlock(
      decodeText('{"transactions": [7, [], null, {"sender": 1, "recipient": null, "amount": 5}, {}]}'),
      ledger,
    )
    expect(ledger.contents()).toEqual([])
  })

  test('one name is enough', () => {
    const ledger = new MemoryLedger()
    EASY.connectBlock(decodeText('{"transactions": [{"sender": ["x"], "recipient": "a", "amount": 5}]}'), ledger)
    expect(balanceOf(ledger, 'a')).toEqual({ amount: '5', uncounted: 0 })
  })
})

describe('keys', () => {
  test('are the SHA-256 of the address, however long it is', () => {
    const long = 'x'.repeat(1_000_000)
    expect(EASY.balanceKey(long)).toBe(createHash('sha256').update(long).digest('hex'))
  })

  test('addresses with different halves of surrogate pairs are different ones, though UTF-8 has no form for them', () => {
    const names = ['\\ud800', '\\ud801', '\\ufffd', '\\\\ud800']
    const ledger = new MemoryLedger()
    EASY.connectBlock(block(...names.map((name, i) => `x ${name} ${i + 1}`)), ledger)
    for (const [i, name] of names.entries()) {
      expect(balanceOf(ledger, JSON.parse(`"${name}"`))).toEqual({ amount: String(i + 1), uncounted: 0 })
    }
  })

  test('each address of a block is named once', () => {
    expect(EASY.ledgerKeys(block('a b 1', 'b a 2', 'a a 3')).sort()).toEqual(
      ['a', 'b'].map((address) => createHash('sha256').update(address).digest('hex')).sort(),
    )
  })
})

describe('disconnectBlock is the inverse of connectBlock', () => {
  const transaction = fc
    .record({ sender: jsonName(), recipient: jsonName(), amount: fc.oneof(amountText(), jsonText) })
    .map(({ sender, recipient, amount }) => `{"sender":${sender},"recipient":${recipient},"amount":${amount}}`)
  const blocks = fc.array(
    fc
      .array(transaction, { maxLength: 6 })
      .map((transactions) => decodeText(`{"transactions":[${transactions.join(',')}]}`)),
    { minLength: 1, maxLength: 6 },
  )

  test('the ledger is byte for byte the one of before, at each step back', () => {
    fc.assert(
      fc.property(blocks, (chain) => {
        const ledger = new MemoryLedger()
        const states = chain.map((block) => {
          const before = ledger.contents()
          EASY.connectBlock(block, ledger)
          return before
        })
        for (const [i, block] of [...chain.entries()].reverse()) {
          EASY.disconnectBlock(block, new Uint8Array(0), ledger)
          expect(ledger.contents()).toEqual(states[i])
        }
        expect(ledger.contents()).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('an address that is back at nothing leaves no trace', () => {
    const ledger = new MemoryLedger()
    EASY.connectBlock(block('a b 5'), ledger)
    EASY.connectBlock(block('b a 5.0'), ledger)
    expect(ledger.contents()).toEqual([])
  })

  function jsonName() {
    return fc.oneof({ weight: 5, arbitrary: fc.constantFrom('"a"', '"b"', '"0"', '"é"') }, jsonText)
  }

  function amountText() {
    return fc.constantFrom(
      '1',
      '0.1',
      '0.2',
      '-3',
      '1e16',
      '1e-7',
      '0.30000000000000004',
      '12345678901234567890',
      '0',
      '-0.0',
    )
  }
})
