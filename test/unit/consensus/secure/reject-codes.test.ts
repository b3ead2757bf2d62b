import { beforeAll, describe, expect, test } from 'vitest'
import { BlockChecker } from '../../../../src/chain/block-checker.js'
import { isReject, type Reject } from '../../../../src/consensus/reject.js'
import type { SecureBlock } from '../../../../src/consensus/secure/block.js'
import { DEV, SECURE } from '../../../../src/consensus/secure/definition.js'
import { SecureRules } from '../../../../src/consensus/secure/rules.js'
import type { CoinbaseFields, TransferFields } from '../../../../src/consensus/secure/transaction.js'
import { MemoryLedger } from '../../../support/memory-ledger.js'
import {
  DEV_RULES,
  GENESIS_TIME,
  Holder,
  hashed,
  type NextOptions,
  nextBlock,
  type PlainSecureBlock,
  printed,
  rootOf,
  secureChain,
} from '../../../support/secure.js'
import { toolsAt } from '../../../support/tools.js'
import { codeOf } from '../../../support/tutorial.js'

// Written again, not imported.
const COIN = 100_000_000
const MAX_MONEY = 8_400_000_000_000_000
const SUBSIDY = 50 * COIN

const alice = new Holder(1)
const bob = new Holder(2)
const carol = new Holder(3)

/** Alice has mined blocks 2 and 3. */
let chain: SecureBlock[]
let tip: SecureBlock
let now = 0

beforeAll(() => {
  const genesis = DEV_RULES.genesis()
  chain = [genesis, ...secureChain(genesis, [{ miner: alice.address }, { miner: alice.address }])]
  tip = chain.at(-1)!
  now = tip.header.timestamp
})

/** Why a block is refused as the next one, by all rules in their order; undefined where it is not. */
async function judge(block: unknown, at = now): Promise<Reject | undefined> {
  const decoded = DEV_RULES.decodeBlock(printed(block))
  if (isReject(decoded)) return decoded
  const [parent, grandparent] = [chain[2]!, chain[1]!]
  const refused = await new BlockChecker(DEV_RULES, toolsAt(at), { parent, grandparent }).firstRefused([decoded])
  if (refused !== undefined) return refused.refusal
  const ledger = ledgerAfter(chain)
  const before = ledger.entries()
  const undo = DEV_RULES.connectBlock(decoded, ledger)
  if (isReject(undo)) return undo
  DEV_RULES.disconnectBlock(decoded, undo, ledger)
  expect(ledger.entries()).toEqual(before)
  return undefined
}

function ledgerAfter(blocks: readonly SecureBlock[]): MemoryLedger {
  const ledger = new MemoryLedger()
  for (const block of blocks) if (isReject(DEV_RULES.connectBlock(block, ledger))) throw new Error('not connected')
  return ledger
}

function next(options: Partial<NextOptions> = {}): PlainSecureBlock {
  return nextBlock(tip, { miner: bob.address, ...options })
}

async function codeFor(block: unknown, at?: number): Promise<string | undefined> {
  return (await judge(block, at))?.code
}

/** Of a block with these transfers behind its coinbase. */
function codeWith(...transfers: TransferFields[]): Promise<string | undefined> {
  return codeFor(next({ transfers }))
}

test('a block as it is to be is taken', async () => {
  expect(await codeFor(next())).toBeUndefined()
  expect(await codeWith(alice.pay(bob.address, { amount: 3, fee: 2, memo: 'Kaffee ☕' }))).toBeUndefined()
})

describe('1. bad-format', () => {
  const cases: [string, (block: PlainSecureBlock) => unknown][] = [
    ['no object', () => [1]],
    ...Object.keys(blockFields()).map((field): [string, (block: PlainSecureBlock) => unknown] => [
      `without "${field}"`,
      (block) => ({ ...block, [field]: undefined }),
    ]),
    ['with one field more', (block) => ({ ...block, miner: 'me' })],
    ['an index of 0', (block) => ({ ...block, index: 0 })],
    ['an index that is a text', (block) => ({ ...block, index: '4' })],
    ['a timestamp beyond 32 bits', (block) => ({ ...block, timestamp: 2 ** 32 })],
    ['a negative proof', (block) => ({ ...block, proof: -1 })],
    ['a version beyond 32 bits', (block) => ({ ...block, version: 2 ** 31 })],
    ['bits of 7 digits', (block) => ({ ...block, bits: '07fffff' })],
    ['bits in upper case', (block) => ({ ...block, bits: '207FFFFF' })],
    ['an extra nonce of 7 bytes', (block) => ({ ...block, extra_nonce: '00'.repeat(7) })],
    ['a hash of 63 digits', (block) => ({ ...block, hash: block.hash.slice(1) })],
    ['transactions that are no list', (block) => ({ ...block, transactions: {} })],
    ['a transaction that is no object', (block) => ({ ...block, transactions: [...block.transactions, 5] })],
  ]
  test.each(cases)('%s', async (_name, damage) => {
    expect(await codeFor(damage(next()))).toBe('bad-format')
  })

  test.each<[string, Partial<Record<keyof TransferFields, unknown>>]>([
    ['a fraction as amount', { amount: 1.5 }],
    ['an amount as text', { amount: '1' }],
    ['an amount beyond 2^53 - 1', { amount: 2 ** 53 }],
    ['a negative nonce', { nonce: -1 }],
    ['no fee', { fee: undefined }],
    ['a signature of 127 digits', { signature: 'a'.repeat(127) }],
    ['a key in upper case', { public_key: 'A'.repeat(64) }],
    ['a memo that is no text', { memo: 5 }],
    ['a memo with half a surrogate pair', { memo: '\ud800' }],
    ['a field more', { sequence: 1 } as never],
  ])('of a transfer: %s', async (_name, wrong) => {
    const block = next({ transfers: [alice.pay(bob.address)] })
    const [coinbase, transfer] = block.transactions
    expect(await codeFor({ ...block, transactions: [coinbase, { ...transfer, ...wrong }] })).toBe('bad-format')
  })

  test.each<[string, Partial<Record<string, unknown>>]>([
    ['with a fee', { fee: 0 }],
    ['with a signature', { signature: 'a'.repeat(128) }],
    ['a negative nonce', { nonce: -1 }],
  ])('of a coinbase: %s', async (_name, wrong) => {
    const block = next()
    expect(await codeFor({ ...block, transactions: [{ ...block.transactions[0], ...wrong }] })).toBe('bad-format')
  })
})

test('2. bad-hash: the field is not the hash of the header', async () => {
  expect(await codeFor({ ...next(), hash: '0'.repeat(64) })).toBe('bad-hash')
})

describe('3. bad-version', () => {
  test.each([0, 1, 0x20000001, 0x20001000, 0x60000000, -0x60000000])('%i', async (version) => {
    expect(await codeFor(next({ fields: { version } }))).toBe('bad-version')
  })

  test.each([0x20000000, 0x20002000, 0x3fffe000])('not %i: bits 13 to 28 are the miner’s', async (version) => {
    expect(await codeFor(next({ fields: { version } }))).toBeUndefined()
  })
})

describe('4. and 8. bad-diffbits', () => {
  test.each([
    ['negative', '01fedcba'],
    ['zero', '20000000'],
    ['overflowing', 'ff123456'],
    ['easier than the limit', '21008000'],
    ['harder than the rule says', '207ffffe'],
    ['not canonical', '2100007f'],
  ])('%s', async (_name, bits) => {
    expect(await codeFor(next({ fields: { bits } }))).toBe('bad-diffbits')
  })
})

test('5. high-hash: the hash is above the target', async () => {
  const block = next()
  let proof = block.proof
  let code: string | undefined
  // The next proof is as likely above the target as not.
  do {
    proof++
    code = await codeFor(hashed({ ...block, proof }))
  } while (code === undefined)
  expect(code).toBe('high-hash')
})

test('6. prev-blk-not-found: nobody is to blame', async () => {
  expect(await judge(next({ fields: { previous_hash: 'ab'.repeat(32) } }))).toMatchObject({
    code: 'prev-blk-not-found',
    fault: 'unsure',
  })
})

test.each([2, 3, 5])('7. bad-index: %i instead of 4, which the header does not say', async (index) => {
  const block = { ...next(), index }
  expect(await judge(block)).toMatchObject({ code: 'bad-index', fault: 'sender', expected: '4' })
})

test('9. time-too-old: as old as the parent is refused, a second later is not', async () => {
  expect(await codeFor(next({ after: 0 }))).toBe('time-too-old')
  expect(await codeFor(next({ after: -5 }))).toBe('time-too-old')
  expect(await codeFor(next({ after: 1 }))).toBeUndefined()
})

test('10. time-too-new: 86,401 s ahead is refused, 86,400 s is not, and it is nobody’s fault', async () => {
  expect(await judge(next({ after: 86_401 }), now)).toMatchObject({ code: 'time-too-new', fault: 'unsure' })
  expect(await codeFor(next({ after: 86_400 }), now)).toBeUndefined()
  expect(await codeFor(next({ after: 86_401 }), now + 0.9)).toBe('time-too-new')
  expect(await codeFor(next({ after: 86_401 }), now + 1)).toBeUndefined()
})

test('time-too-new on the network secure: 61 s ahead is refused, 60 s is not', () => {
  const rules = new SecureRules({ ...DEV, future_limit: SECURE.future_limit })
  const parent = rules.genesis()
  const block = (after: number) => nextBlock(parent, { miner: bob.address, after })
  const check = (after: number) => {
    const decoded = rules.decodeBlock(printed(block(after)))
    if (isReject(decoded)) throw new Error(decoded.message)
    return codeOf(rules.checkBlock(decoded, parent, { grandparent: undefined, now: GENESIS_TIME }))
  }
  expect([check(60), check(61)]).toEqual([undefined, 'time-too-new'])
})

describe('11. bad-blk-length: the transactions as RFC 8785', () => {
  // A network whose blocks hold 1,000 bytes.
  const rules = new SecureRules({ ...DEV, max_block_bytes: 1000 })
  const coinbase = (memo: string): CoinbaseFields => ({
    sender: '0',
    recipient: bob.address,
    amount: SUBSIDY,
    nonce: 2,
    memo,
  })
  const transfer = (memo: string) => alice.pay(carol.address, { memo, signature: 'ab'.repeat(64) })
  const codeOfLength = (length: number): string | undefined => {
    const parent = rules.genesis()
    // A memo that takes up what is left: that it is too long counts later.
    const rest = length - JSON.stringify([coinbase('m'), transfer('')]).length
    const fields = { transactions: [coinbase('m'), transfer('x'.repeat(rest))] }
    const block = rules.decodeBlock(printed(nextBlock(parent, { miner: bob.address, fields })))
    if (isReject(block)) throw new Error(block.message)
    return codeOf(rules.checkBlock(block, parent, { grandparent: undefined, now }))
  }

  test('1,001 bytes are refused, 1,000 are not refused for that', () => {
    expect(codeOfLength(1001)).toBe('bad-blk-length')
    expect(codeOfLength(1000)).toBe('bad-memo')
  })
})

test('12. bad-txnmrklroot: the sender’s fault, as the true block may still come', async () => {
  const block = next({ transfers: [alice.pay(bob.address)] })
  expect(await judge({ ...block, transactions: block.transactions.slice(0, 1) })).toMatchObject({
    code: 'bad-txnmrklroot',
    fault: 'sender',
  })
  expect(await codeFor({ ...block, extra_nonce: '00000000000000ff' })).toBe('bad-txnmrklroot')
})

describe('13. bad-txns-duplicate (CVE-2012-2459)', () => {
  test('a last transaction that stands there twice has the same root: the sender’s fault', async () => {
    const [first, second] = [alice.pay(bob.address), alice.pay(carol.address, { nonce: 1 })]
    const block = next({ transfers: [first, second] })
    expect(await codeFor(block)).toBeUndefined()
    const doubled = { ...block, transactions: [...block.transactions, block.transactions.at(-1)!] }
    expect(rootOf(doubled)).toBe(block.merkle_root)
    expect(await judge(doubled)).toMatchObject({ code: 'bad-txns-duplicate', fault: 'sender' })
  })

  test('two of six that stand there twice', async () => {
    const transfers = Array.from({ length: 5 }, (_, nonce) => alice.pay(bob.address, { nonce }))
    const block = next({ transfers })
    expect(await codeFor(block)).toBeUndefined()
    const doubled = { ...block, transactions: [...block.transactions, ...block.transactions.slice(4)] }
    expect(rootOf(doubled)).toBe(block.merkle_root)
    expect(await codeFor(doubled)).toBe('bad-txns-duplicate')
  })
})

test('14. bad-cb-missing: none, a transfer in its place, or no transaction at all', async () => {
  expect(await codeFor(next({ fields: { transactions: [alice.pay(bob.address)] } }))).toBe('bad-cb-missing')
  expect(await codeFor(next({ fields: { transactions: [] } }))).toBe('bad-cb-missing')
})

test('15. bad-cb-multiple', async () => {
  const { transactions } = next()
  const second = { ...transactions[0]!, amount: 1 }
  expect(await codeFor(next({ fields: { transactions: [...transactions, second] } }))).toBe('bad-cb-multiple')
})

test.each([3, 5, 0])('16. bad-cb-height: a nonce of %i in block 4', async (nonce) => {
  expect(await codeFor(next({ coinbase: { nonce } }))).toBe('bad-cb-height')
})

const BAD_MEMOS = [
  '',
  'x'.repeat(141),
  'ö'.repeat(71),
  'a\u0000',
  'a\n',
  'a\u007f',
  '\u009f',
  '\u061c',
  '\u200e',
  '\u200f',
]
const WORSE_MEMOS = ['\u2028', '\u2029', '\u202a', '\u202e', '\u2066', '\u2069', '\ufeff']
const GOOD_MEMOS = ['x', 'x'.repeat(140), 'ö'.repeat(70), '☕', '\u00a0', '\u200d', '\u202f', '가나다', '👩‍🚀']

describe('17. of the coinbase', () => {
  test.each([
    new Holder(2, 'chain').address,
    bob.address.toUpperCase(),
    `${bob.address}q`,
    bob.address.slice(0, -1),
    '',
    'bob',
  ])('bad-address: %j', async (recipient) => {
    expect(await codeFor(next({ coinbase: { recipient } }))).toBe('bad-address')
  })

  test.each([...BAD_MEMOS, ...WORSE_MEMOS])('bad-memo: %j', async (memo) => {
    expect(await codeFor(next({ coinbase: { memo } }))).toBe('bad-memo')
  })

  test.each(GOOD_MEMOS)('a memo of %j is none', async (memo) => {
    expect(await codeFor(next({ coinbase: { memo } }))).toBeUndefined()
  })
})

describe('18. of a transfer', () => {
  test('bad-address: the recipient’s, the sender’s, of another network', async () => {
    expect(await codeWith(alice.pay('bob'))).toBe('bad-address')
    expect(await codeWith(alice.pay(new Holder(2, 'chain').address))).toBe('bad-address')
    expect(await codeWith(alice.pay(bob.address, { sender: `${alice.address}q` }))).toBe('bad-address')
  })

  test.each([
    [{ amount: 0 }],
    [{ amount: -1 }],
    [{ fee: -1 }],
    [{ amount: MAX_MONEY, fee: 1 }],
    [{ amount: 2 ** 53 - 1, fee: 2 ** 53 - 1 }],
  ])('bad-amount: %j', async (wrong) => {
    const coinbase = { amount: SUBSIDY }
    expect(await codeFor(next({ transfers: [alice.pay(bob.address, wrong)], coinbase }))).toBe('bad-amount')
  })

  test('an amount and a fee of all there can be are none: there are not so many yet', async () => {
    expect(await codeWith(alice.pay(bob.address, { amount: MAX_MONEY - 1, fee: 1 }))).toBe('insufficient-funds')
  })

  test.each([...BAD_MEMOS, ...WORSE_MEMOS])('bad-memo: %j', async (memo) => {
    expect(await codeWith(alice.pay(bob.address, { memo }))).toBe('bad-memo')
  })

  test('bad-public-key: of somebody else', async () => {
    const public_key = Buffer.from(bob.publicKey).toString('hex')
    expect(await codeWith(alice.pay(bob.address, { public_key }))).toBe('bad-public-key')
  })

  test('bad-signature: of somebody else, of other contents, of another network', async () => {
    const paid = alice.pay(bob.address)
    expect(await codeWith({ ...paid, signature: bob.pay(carol.address).signature })).toBe('bad-signature')
    expect(await codeWith({ ...paid, amount: 2 })).toBe('bad-signature')
    expect(await codeWith({ ...paid, memo: 'for you' })).toBe('bad-signature')
    expect(await codeWith(alice.pay(bob.address, {}, '99'.repeat(32)))).toBe('bad-signature')
  })

  test('the first transfer that is wrong decides, and of that the first rule', async () => {
    const forged = { ...alice.pay(bob.address), signature: 'ab'.repeat(64) }
    const without = alice.pay(bob.address, { amount: 0, nonce: 1 })
    expect(await judge(next({ transfers: [forged, without] }))).toMatchObject({ code: 'bad-signature', position: 1 })
    expect(await judge(next({ transfers: [without, forged] }))).toMatchObject({ code: 'bad-amount', position: 1 })
    expect(await codeWith({ ...forged, amount: 0 })).toBe('bad-amount')
  })
})

test.each([SUBSIDY - 1, SUBSIDY, SUBSIDY + 8, 0])('19. bad-cb-amount: %i, with fees of 7', async (amount) => {
  const transfers = [alice.pay(bob.address, { fee: 7 })]
  expect(await codeFor(next({ transfers, coinbase: { amount } }))).toBe('bad-cb-amount')
  expect(await codeFor(next({ transfers, coinbase: { amount: SUBSIDY + 7 } }))).toBeUndefined()
})

describe('20. against the ledger', () => {
  test('bad-nonce: one too high, one that was used already in the block', async () => {
    expect(await codeWith(alice.pay(bob.address, { nonce: 1 }))).toBe('bad-nonce')
    expect(await codeWith(alice.pay(bob.address), alice.pay(carol.address))).toBe('bad-nonce')
    expect(await codeWith(alice.pay(bob.address), alice.pay(carol.address, { nonce: 1 }))).toBeUndefined()
  })

  test('insufficient-funds: a grain more than there is', async () => {
    expect(await codeWith(alice.pay(bob.address, { fee: 0, amount: 2 * SUBSIDY }))).toBeUndefined()
    expect(await codeWith(alice.pay(bob.address, { amount: 2 * SUBSIDY, fee: 1 }))).toBe('insufficient-funds')
  })

  test('what came in earlier in the block can be spent, the coinbase’s coins only from the next block on', async () => {
    expect(
      await codeWith(alice.pay(carol.address, { fee: 0, amount: 5 }), carol.pay(bob.address, { fee: 0, amount: 5 })),
    ).toBeUndefined()
    expect(
      await codeWith(carol.pay(bob.address, { fee: 0, amount: 5 }), alice.pay(carol.address, { fee: 0, amount: 5 })),
    ).toBe('insufficient-funds')
    expect(await codeWith(bob.pay(carol.address))).toBe('insufficient-funds')
  })

  test('who pays himself loses the fee', () => {
    const block = DEV_RULES.decodeBlock(printed(next({ transfers: [alice.pay(alice.address, { amount: 9, fee: 3 })] })))
    if (isReject(block)) throw new Error(block.message)
    const ledger = ledgerAfter([...chain, block])
    const amountOf = (address: string) => DEV_RULES.readBalance(ledger.get(DEV_RULES.balanceKey(address))).amount
    expect(amountOf(alice.address)).toBe('99.99999997')
    expect(amountOf(bob.address)).toBe('50.00000003')
  })
})

test('bad-genesis: compared with the network’s own, and nothing else of it is checked', () => {
  const own = DEV_RULES.genesis()
  const context = { grandparent: undefined, now: 0 }
  expect(DEV_RULES.checkBlock(own, undefined, context)).toBeUndefined()
  const others = new SecureRules(SECURE).genesis()
  expect(DEV_RULES.checkBlock(others, undefined, context)?.code).toBe('bad-genesis')
  expect(DEV_RULES.checkBlock(chain[1]!, undefined, context)?.code).toBe('bad-genesis')
})

function blockFields(): Record<keyof PlainSecureBlock, true> {
  return {
    index: true,
    version: true,
    previous_hash: true,
    merkle_root: true,
    timestamp: true,
    bits: true,
    proof: true,
    extra_nonce: true,
    transactions: true,
    hash: true,
  }
}
