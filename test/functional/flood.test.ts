import { expect, test } from 'vitest'
import { ApiError } from '../../src/api/errors.js'
import { networkNamed } from '../../src/consensus/networks.js'
import { printJsonBytes, readCanonicalJson } from '../../src/primitives/json/value.js'
import { Dice } from '../support/dice.js'
import { NaiveLedger } from '../support/naive-ledger.js'
import {
  DEV_RULES,
  decodeSecure,
  Holder,
  nextBlock,
  type PlainSecureBlock,
  printed,
  secureChain,
} from '../support/secure.js'
import { openServed } from '../support/test-node.js'

/** More transfers than there is room for. */

const SENDERS = 1_000
const TRANSFERS_EACH = 50
const AT_ONCE = 250
/** Of the pool, written again. */
const MAX_TRANSACTIONS = 5_000
const MAX_BYTES = 5_000_000

test('a flood of 50,000 transfers: the best paying are pending, all of them can be paid, and the node mines them', async () => {
  const { node } = await openServed({ network: networkNamed('dev')! })
  const dice = new Dice(5)
  const senders = Array.from({ length: SENDERS }, (_, i) => new Holder(10_000 + i))
  // Coins for everybody.
  const rich = new Holder(1)
  const [first] = secureChain(DEV_RULES.genesis(), [{ miner: rich.address }])
  const shares = senders.map(({ address }, nonce) => rich.pay(address, { amount: 4_000_000, fee: 0, nonce }))
  const second = nextBlock(first!, { miner: rich.address, transfers: shares })
  for (const plain of [first!, decodeSecure(second)]) await node.submitBlock(readCanonicalJson(plain.encoded))
  expect((await node.status()).length).toBe(3)

  const refused = new Map<string, number>()
  const flood = Array.from({ length: TRANSFERS_EACH }, (_, nonce) =>
    dice.shuffled(senders).map((sender) => ({ sender, nonce, fee: 1_000 + dice.below(50_000) })),
  ).flat()
  for (let i = 0; i < flood.length; i += AT_ONCE) {
    const arriving = flood.slice(i, i + AT_ONCE).map(async ({ sender, nonce, fee }) => {
      const transfer = sender.pay(dice.one(senders).address, { amount: 1, fee, nonce })
      await node.submitPayment(readCanonicalJson(printed(transfer))).catch((error) => {
        if (!(error instanceof ApiError)) throw error
        refused.set(error.code, (refused.get(error.code) ?? 0) + 1)
      })
    })
    await Promise.all(arriving)
    expect((await node.status()).pending).toBeLessThanOrEqual(MAX_TRANSACTIONS)
  }
  // What comes behind one that had to go has no predecessor any more.
  expect([...refused.keys()].sort()).toEqual(['bad-nonce', 'pool-full'])

  const { total, transactions } = await node.pending({ limit: MAX_TRANSACTIONS })
  expect(total).toBeGreaterThan(MAX_TRANSACTIONS - 50)
  expect(transactions.reduce<number>((sum, each) => sum + printJsonBytes(each).length, 0)).toBeLessThanOrEqual(
    MAX_BYTES,
  )

  const plain = (value: unknown) => JSON.parse(Buffer.from(printJsonBytes(value as never)).toString())
  for (;;) {
    const { block } = await node.mine({ to: rich.address })
    if (plain(block).transactions.length === 1) break
  }
  const blocks: PlainSecureBlock[] = []
  for (let from = 2; from <= (await node.status()).length; from++) blocks.push(plain((await node.block(from)).block))
  const ledger = NaiveLedger.after(blocks)
  expect(ledger).toBeDefined()
  expect(blocks.slice(2).reduce((sum, { transactions }) => sum + transactions.length - 1, 0)).toBe(total)
  expect((await node.status()).pending).toBe(0)
}, 240_000)
