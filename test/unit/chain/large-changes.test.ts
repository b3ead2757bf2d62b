import { expect, test } from 'vitest'
import { Chain } from '../../../src/chain/chain.js'
import { networkNamed } from '../../../src/consensus/networks.js'
import { isReject } from '../../../src/consensus/reject.js'
import { utf8 } from '../../../src/primitives/bytes.js'
import { canonicalJson } from '../../../src/primitives/json/canonicalizer.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { TOOLS } from '../../support/tools.js'

const { rules } = networkNamed('tutorial')!

function decoded(text: string) {
  const block = rules.decodeBlock(canonicalJson(utf8(text), rules.blockLimits).slice())
  if (isReject(block)) throw new Error(block.message)
  return block
}

/** A chain of two blocks, the second with these transactions; 35293 is the article's first proof. */
function chainWith(transactions: readonly string[]) {
  const first = decoded('{"index":1,"previous_hash":1,"proof":100,"timestamp":1.5,"transactions":[]}')
  const second = decoded(
    `{"index":2,"previous_hash":"${first.hash}","proof":35293,"timestamp":2.5,"transactions":[${transactions.join()}]}`,
  )
  return [first, second]
}

async function adopted(transactions: readonly string[]) {
  const chain = await Chain.create(new MemoryStore(), rules, 1_700_000_000, TOOLS)
  const branch = chain.stage()
  expect(await branch.add(chainWith(transactions))).toBeUndefined()
  expect(await chain.adopt(branch, async () => [])).toBeUndefined()
  return chain
}

test('a block that pays 140,000 addresses is adopted: more changes than one call takes arguments', async () => {
  const chain = await adopted(
    Array.from({ length: 140_000 }, (_, i) => `{"sender":"payer","recipient":"${i.toString(36)}","amount":1}`),
  )
  expect(await chain.balance('payer')).toMatchObject({ amount: '-140000', length: 2 })
  expect(await chain.balance('zz')).toMatchObject({ amount: '1' })
}, 60_000)

test('a balance of 4,300 digits and 300 decimals stays exact under 20,000 more payments', async () => {
  const large = '9'.repeat(4300)
  const payment = (amount: string) => `{"sender":"a","recipient":"b","amount":${amount}}`
  const chain = await adopted([payment(large), payment('1e-300'), ...Array(20_000).fill(payment('0.5'))])
  const { amount } = await chain.balance('b')
  // 10^4300 - 1 + 10,000 + 10^-300
  expect(amount).toBe(`1${'0'.repeat(4296)}9999.${'0'.repeat(299)}1`)
})
