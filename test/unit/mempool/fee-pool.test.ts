import { beforeEach, describe, expect, test } from 'vitest'
import { ledgerKey } from '../../../src/chain/layout.js'
import { storedLedger } from '../../../src/chain/ledger-buffer.js'
import { isReject } from '../../../src/consensus/reject.js'
import type { PendingLimits } from '../../../src/consensus/rules.js'
import type { TransferFields } from '../../../src/consensus/secure/transaction.js'
import { FeePool } from '../../../src/mempool/fee-pool.js'
import { utf8 } from '../../../src/primitives/bytes.js'
import { type JsonValue, parseJson } from '../../../src/primitives/json/value.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { Dice } from '../../support/dice.js'
import { DEV_RULES, Holder } from '../../support/secure.js'

/** Pending transactions that accounts pay for. Constants are written again, not imported. */

const NOW = 1_800_000_000
const DAY = 86_400
const [alice, bob, carol, dora] = [1, 2, 3, 4].map((i) => new Holder(i)) as [Holder, Holder, Holder, Holder]

let store: MemoryStore
let pool: FeePool<ReturnType<typeof DEV_RULES.genesis>>
/** What the chain says. */
let ledger: Map<string, { balance: number; nonce: number }>

beforeEach(async () => {
  store = new MemoryStore()
  ledger = new Map()
  await give(alice, 1_000_000)
  await give(bob, 1_000_000)
  await open()
})

async function give(holder: Holder, balance: number, nonce = 0): Promise<void> {
  ledger.set(holder.address, { balance, nonce })
  const value = new Uint8Array(16)
  const view = new DataView(value.buffer)
  view.setBigUint64(0, BigInt(balance))
  view.setBigUint64(8, BigInt(nonce))
  await store.write([{ key: ledgerKey(DEV_RULES.balanceKey(holder.address)), value }])
}

async function open(limits: Partial<PendingLimits> = {}): Promise<void> {
  pool = await FeePool.open(store, DEV_RULES, DEV_RULES, { maxTransactions: 5_000, maxBytes: 5_000_000, ...limits })
}

const json = (fields: TransferFields): JsonValue => parseJson(utf8(JSON.stringify(fields)), DEV_RULES.blockLimits)
const idOf = (fields: TransferFields): string => {
  const encoded = DEV_RULES.decodeTransaction(json(fields))
  if (isReject(encoded)) throw new Error(encoded.message)
  return DEV_RULES.transactionId(encoded)
}

/** @returns for each the code of its refusal, and those that went for them */
async function arrive(transfers: readonly TransferFields[], now = NOW) {
  const { outcomes, changes, dropped, apply } = await pool.planArrivals(transfers.map(json), now)
  await store.write([...changes])
  apply()
  return {
    codes: outcomes.map((outcome) => (isReject(outcome) ? outcome.code : undefined)),
    dropped: dropped.map(({ id, refusal }) => [id, refusal.code]),
  }
}

async function follow(
  { confirmed = [] as TransferFields[], mined = [] as TransferFields[], others = [] as TransferFields[] },
  now = NOW,
) {
  const identified = (fields: TransferFields) => ({
    id: idOf(fields),
    encoded: DEV_RULES.decodeTransaction(json(fields)) as Uint8Array,
  })
  const plan = await pool.planChainChange(
    {
      confirmed: new Map(confirmed.map((fields) => [idOf(fields), 1])),
      abandoned: { mined: mined.map(identified), others: others.map(identified) },
      ledger: storedLedger(store),
    },
    now,
  )
  await store.write([...plan.changes])
  plan.apply()
  return { returned: plan.returned, dropped: plan.dropped.map(({ id, refusal }) => [id, refusal.code]) }
}

const fieldsOf = (encoded: Uint8Array): TransferFields => JSON.parse(Buffer.from(encoded).toString())
const pending = (): TransferFields[] => pool.first(10_000).map(fieldsOf)
const chosen = (maxBytes = 999_000): TransferFields[] => pool.transactionsForBlock(maxBytes).map(fieldsOf)
const sizeOf = (fields: TransferFields): number => JSON.stringify(fields).length + 1

describe('what is taken up', () => {
  test('a fee of 1,000 grains, not of 999', async () => {
    const least = alice.pay(bob.address, { fee: 1_000 })
    expect((await arrive([alice.pay(bob.address, { fee: 999 }), least])).codes).toEqual(['fee-too-low', undefined])
    expect(pending()).toEqual([least])
  })

  test('nonces without gaps, from what the chain says on', async () => {
    await give(alice, 1_000_000, 7)
    await open()
    const nonces = [6, 8, 7, 8, 10, 9]
    const { codes } = await arrive(nonces.map((nonce) => alice.pay(bob.address, { nonce })))
    expect(codes).toEqual(['bad-nonce', 'bad-nonce', undefined, undefined, 'bad-nonce', undefined])
    expect(await pool.balanceAfter(alice.address)).toEqual({ amount: '0.00996997', uncounted: 0, transfers: 10 })
  })

  test('no more than the sender has, what is pending for it included', async () => {
    const all = { amount: 999_000 }
    expect((await arrive([carol.pay(bob.address)])).codes).toEqual(['insufficient-funds'])
    const codes = (
      await arrive([
        alice.pay(carol.address, all),
        alice.pay(bob.address, { nonce: 1 }),
        carol.pay(dora.address, { amount: 998_001 }),
        carol.pay(dora.address, { amount: 998_000 }),
      ])
    ).codes
    expect(codes).toEqual([undefined, 'insufficient-funds', 'insufficient-funds', undefined])
  })

  test('64 of one sender, not 65', async () => {
    const transfers = Array.from({ length: 65 }, (_, nonce) => alice.pay(bob.address, { nonce }))
    const { codes } = await arrive(transfers)
    expect(codes).toEqual([...Array(64).fill(undefined), 'too-many-pending'])
    expect((await arrive([bob.pay(alice.address)])).codes).toEqual([undefined])
  })

  test('the very same one only once', async () => {
    const transfer = alice.pay(bob.address)
    expect((await arrive([transfer, transfer])).codes).toEqual([undefined, 'already-pending'])
    expect(pool.withId(idOf(transfer))).toHaveLength(1)
    expect(pool.idsWith(idOf(transfer).slice(0, 10))).toEqual([idOf(transfer)])
  })
})

describe('the same nonce once more', () => {
  const first = alice.pay(bob.address, { fee: 1_001, amount: 5 })

  test('replaces what is pending for a tenth more, rounded up', async () => {
    await arrive([first])
    const better = alice.pay(carol.address, { fee: 1_102, amount: 6 })
    const { codes, dropped } = await arrive([alice.pay(carol.address, { fee: 1_101 }), better])
    expect(codes).toEqual(['fee-too-low', undefined])
    expect(dropped).toEqual([[idOf(first), 'replaced']])
    expect(pending()).toEqual([better])
    expect((await pool.balanceAfter(carol.address))?.amount).toBe('0.00000006')
    expect((await pool.balanceAfter(bob.address))?.amount).toBe('0.01')
  })

  test('keeps its place: what follows it stays, unless nobody can pay it any more', async () => {
    const toCarol = alice.pay(carol.address, { amount: 500_000 })
    const followers = [
      alice.pay(bob.address, { nonce: 1 }),
      carol.pay(dora.address, { amount: 400_000 }),
      carol.pay(dora.address, { nonce: 1 }),
      dora.pay(bob.address, { amount: 300_000 }),
    ]
    await arrive([toCarol, ...followers])
    expect(pool.size).toBe(5)
    // Their fees together are 5,000, less that of the one that stays.
    const away = alice.pay(bob.address, { amount: 400_000, fee: 4_400 })
    expect((await arrive([alice.pay(bob.address, { amount: 400_000, fee: 4_399 })])).codes).toEqual(['fee-too-low'])
    expect(pool.size).toBe(5)
    const { dropped } = await arrive([away])
    expect(dropped).toEqual([
      [idOf(toCarol), 'replaced'],
      [idOf(followers[1]!), 'insufficient-funds'],
      [idOf(followers[2]!), 'bad-nonce'],
      [idOf(followers[3]!), 'insufficient-funds'],
    ])
    expect(pending()).toEqual([away, followers[0]])
  })

  test('is refused where the sender could not pay its later ones; then nothing has changed', async () => {
    const later = alice.pay(bob.address, { nonce: 1, amount: 900_000 })
    await arrive([first, later])
    expect((await arrive([alice.pay(bob.address, { amount: 100_000, fee: 2_000 })])).codes).toEqual([
      'insufficient-funds',
    ])
    expect(pending()).toEqual([first, later])
  })
})

describe('where there is no room', () => {
  const holders = Array.from({ length: 6 }, (_, i) => new Holder(100 + i))
  beforeEach(async () => {
    for (const holder of holders) await give(holder, 1_000_000)
    await open({ maxTransactions: 4 })
  })
  const paying = (i: number, fee: number, nonce = 0): TransferFields => holders[i]!.pay(bob.address, { fee, nonce })

  test('what pays least by the byte gives way, what waits for it first; of those that pay alike the last', async () => {
    const transfers = [paying(0, 3_000), paying(1, 2_000), paying(1, 9_000, 1), paying(2, 2_500)]
    await arrive(transfers)
    const { codes, dropped } = await arrive([paying(3, 2_600), paying(4, 2_600), paying(5, 2_501)])
    expect(codes).toEqual([undefined, undefined, undefined])
    expect(dropped).toEqual([
      [idOf(transfers[2]!), 'pool-full'],
      [idOf(transfers[1]!), 'pool-full'],
      [idOf(transfers[3]!), 'pool-full'],
    ])
    expect(pending()).toEqual([transfers[0], paying(3, 2_600), paying(4, 2_600), paying(5, 2_501)])
  })

  test('one that gives way to another that came with it is told so, and nobody has heard of it', async () => {
    await arrive([paying(0, 9_000), paying(1, 9_000), paying(2, 9_000)])
    const { codes, dropped } = await arrive([paying(3, 2_000), paying(4, 3_000), paying(5, 2_500)])
    expect(codes).toEqual(['pool-full', undefined, 'pool-full'])
    expect(dropped).toEqual([])
    expect(pool.withId(idOf(paying(3, 2_000)))).toEqual([])
  })

  test('what could only be paid by what would give way to it is refused, and nothing has changed', async () => {
    const funding = holders[0]!.pay(carol.address, { amount: 500_000, fee: 1_000 })
    const transfers = [funding, paying(1, 2_000), paying(2, 2_000), paying(3, 2_000)]
    await arrive(transfers)
    expect(await arrive([carol.pay(dora.address, { fee: 90_000 })])).toEqual({ codes: ['pool-full'], dropped: [] })
    expect(pending()).toEqual(transfers)
    expect(chosen()).toHaveLength(4)
    await open({ maxTransactions: 5 })
    expect((await arrive([carol.pay(dora.address, { fee: 90_000 })])).codes).toEqual([undefined])
    // It counts for no more than what it waits for.
    expect((await arrive([paying(4, 1_500)])).dropped).toEqual([
      [idOf(carol.pay(dora.address, { fee: 90_000 })), 'pool-full'],
    ])
  })

  test('what is refused at last gives back what had gone for it', async () => {
    const funding = holders[0]!.pay(carol.address, { amount: 500_000, fee: 1_000 })
    const transfers = [paying(1, 2_000), paying(2, 2_000), paying(3, 2_000), funding]
    await arrive(transfers)
    const bytes = pool.first(10).reduce((sum, { length }) => sum + length, 0)
    await open({ maxBytes: bytes })
    // It is longer, so that two have to go for it, of which one pays it.
    const long = carol.pay(dora.address, { fee: 90_000, memo: 'm'.repeat(140) })
    expect(await arrive([long])).toEqual({ codes: ['pool-full'], dropped: [] })
    expect(pending()).toEqual(transfers)
    expect(await pool.balanceAfter(carol.address)).toMatchObject({ amount: '0.005' })
    expect((await arrive([paying(4, 1_900)])).dropped).toEqual([[idOf(funding), 'pool-full']])
  })

  test('what pays no more than the least is refused, and changes nothing', async () => {
    const transfers = [paying(0, 2_000), paying(1, 2_000), paying(2, 2_000), paying(3, 2_000)]
    await arrive(transfers)
    expect(await arrive([paying(4, 2_000)])).toEqual({ codes: ['pool-full'], dropped: [] })
    expect(pending()).toEqual(transfers)
    // A block would take it after the one of before, which pays no more than the others.
    expect(await arrive([paying(3, 9_000, 1)])).toEqual({ codes: ['pool-full'], dropped: [] })
    expect((await arrive([paying(4, 2_001)])).dropped).toEqual([[idOf(transfers[3]!), 'pool-full']])
  })

  test('bytes count like transactions', async () => {
    const transfers = [paying(0, 3_000), paying(1, 2_000)]
    await arrive(transfers)
    const bytes = pool.first(10).reduce((sum, { length }) => sum + length, 0)
    await open({ maxBytes: bytes })
    expect(pool.size).toBe(2)
    expect((await arrive([paying(2, 1_500)])).codes).toEqual(['pool-full'])
    expect((await arrive([paying(2, 2_500)])).codes).toEqual([undefined])
    expect(pending()).toEqual([transfers[0], paying(2, 2_500)])
  })
})

describe('thousands of which each pays the next', () => {
  const COUNT = 4_990
  const FEE = 2_000
  const holders = Array.from({ length: COUNT + 1 }, (_, i) => new Holder(1_000 + i))
  const chain = holders
    .slice(0, COUNT)
    .map((holder, i) =>
      holder.pay(holders[i + 1]!.address, { amount: (COUNT - i) * FEE, fee: i === 0 ? FEE - 500 : FEE }),
    )
  beforeEach(async () => {
    await give(holders[0]!, 2 * COUNT * FEE)
    await arrive(chain)
    expect(pool.size).toBe(COUNT)
  })

  test('a block takes them all', () => {
    expect(chosen(5_000_000)).toEqual(chain)
  })

  test('they expire together', async () => {
    const { dropped } = await follow({}, NOW + DAY + 1)
    expect(dropped).toHaveLength(COUNT)
    expect(new Set(dropped.slice(1).map(([, code]) => code))).toEqual(new Set(['insufficient-funds']))
    expect(pool.size).toBe(0)
  })

  test('they give way from the end, to what pays more than the one that they all wait for', async () => {
    await open({ maxTransactions: COUNT })
    expect((await arrive([alice.pay(bob.address, { fee: 1_400 })])).codes).toEqual(['pool-full'])
    expect((await arrive([alice.pay(bob.address, { fee: 1_900 })])).dropped).toEqual([
      [idOf(chain.at(-1)!), 'pool-full'],
    ])
    expect(pool.size).toBe(COUNT)
  })

  test('what replaces the first pays a tenth more than all that go with it', async () => {
    const fees = COUNT * FEE - 500
    const elsewhere = (fee: number) => holders[0]!.pay(bob.address, { amount: 1, fee })
    expect((await arrive([elsewhere(Math.ceil(fees * 1.1) - 1)])).codes).toEqual(['fee-too-low'])
    expect(chosen(5_000_000)).toEqual(chain)
    const { codes, dropped } = await arrive([elsewhere(Math.ceil(fees * 1.1))])
    expect(codes).toEqual([undefined])
    expect(dropped).toHaveLength(COUNT)
    expect(dropped[0]).toEqual([idOf(chain[0]!), 'replaced'])
    expect(pool.size).toBe(1)
  })
})

test('after a day they expire, with what follows them, also those that a restart found', async () => {
  const [first, follower, other] = [
    alice.pay(bob.address),
    alice.pay(bob.address, { nonce: 1 }),
    bob.pay(alice.address),
  ]
  await arrive([first], NOW)
  await arrive([follower, other], NOW + DAY)
  await open()
  expect((await follow({}, NOW + DAY)).dropped).toEqual([])
  expect(pool.size).toBe(3)
  const { dropped } = await follow({}, NOW + DAY + 1)
  expect(dropped).toEqual([
    [idOf(first), 'expired'],
    [idOf(follower), 'bad-nonce'],
  ])
  expect(pending()).toEqual([other])
  expect((await arrive([], NOW + 2 * DAY + 1)).dropped).toEqual([[idOf(other), 'expired']])
})

describe('the next block holds', () => {
  test('the highest fee by the byte first, each sender’s in the order of its nonces', async () => {
    const transfers = [
      alice.pay(bob.address, { fee: 5_000 }),
      alice.pay(bob.address, { fee: 50_000, nonce: 1 }),
      bob.pay(alice.address, { fee: 20_000 }),
      bob.pay(alice.address, { fee: 2_000, nonce: 1 }),
      alice.pay(bob.address, { fee: 1_500, nonce: 2 }),
    ]
    await arrive(transfers)
    expect(chosen().map(({ fee }) => fee)).toEqual([20_000, 5_000, 50_000, 2_000, 1_500])
    expect(pending().map(({ fee }) => fee)).toEqual([5_000, 50_000, 20_000, 2_000, 1_500])
  })

  test('nothing before its sender can pay it', async () => {
    const coming = alice.pay(carol.address, { amount: 500_000, fee: 1_000 })
    const eager = carol.pay(dora.address, { amount: 300_000, fee: 90_000 })
    const behind = carol.pay(dora.address, { fee: 80_000, nonce: 1 })
    await arrive([coming, eager, behind])
    expect(chosen()).toEqual([coming, eager, behind])
  })

  test('what fits: behind one that does not nothing of the same sender, but what others pay', async () => {
    const long = alice.pay(bob.address, { fee: 90_000, memo: 'm'.repeat(140) })
    const behind = alice.pay(bob.address, { fee: 80_000, nonce: 1 })
    const other = bob.pay(alice.address, { fee: 2_000 })
    await arrive([long, behind, other])
    expect(chosen(sizeOf(long) + sizeOf(behind) + sizeOf(other))).toHaveLength(3)
    expect(chosen(sizeOf(long) - 1)).toEqual([other])
    expect(chosen(sizeOf(other) - 1)).toEqual([])
  })
})

test('a replacing chain: its own are gone, the abandoned come back before the rest, in any order that holds', async () => {
  const own = bob.pay(alice.address, { amount: 3 })
  await arrive([own])
  // Of the abandoned blocks ours held what depends on what another's held.
  const [theirs, ours] = [alice.pay(carol.address, { amount: 10_000 }), carol.pay(dora.address, { amount: 5_000 })]
  const poor = dora.pay(alice.address, { amount: 900_000 })
  expect(await follow({ mined: [ours, poor], others: [theirs] })).toEqual({
    returned: 2,
    dropped: [[idOf(poor), 'insufficient-funds']],
  })
  expect(pending()).toEqual([theirs, ours, own])
  const before = pending()
  await open()
  expect(pending()).toEqual(before)
  await give(alice, 989_000, 1)
  await give(carol, 10_000)
  expect(await follow({ confirmed: [theirs] })).toEqual({ returned: 0, dropped: [] })
  expect(pending()).toEqual([ours, own])
})

test('a chain in which a sender has spent otherwise drops what does not hold any more', async () => {
  const [first, second] = [alice.pay(bob.address), alice.pay(bob.address, { nonce: 1 })]
  await arrive([first, second])
  await give(alice, 1_000_000, 1)
  expect(await follow({ confirmed: [alice.pay(dora.address)] })).toEqual({
    returned: 0,
    dropped: [[idOf(first), 'bad-nonce']],
  })
  expect(pending()).toEqual([second])
})

test('of the blocks of others so many come back as there is room for; of our own all', async () => {
  await open({ maxTransactions: 2 })
  const [mined, others] = [[0, 1, 2].map((nonce) => alice.pay(bob.address, { nonce })), [bob.pay(alice.address)]]
  expect(await follow({ mined, others })).toEqual({ returned: 3, dropped: [[idOf(others[0]!), 'pool-full']] })
})

test('whatever arrives, goes and comes back: all of it can be paid in its order, and the next block too, also after a restart', async () => {
  const dice = new Dice(11)
  const holders = Array.from({ length: 5 }, (_, i) => new Holder(200 + i))
  const pays = (balances: Map<string, { balance: number; nonce: number }>, transfer: TransferFields): boolean => {
    const from = balances.get(transfer.sender) ?? { balance: 0, nonce: 0 }
    const cost = transfer.amount + transfer.fee
    if (transfer.nonce !== from.nonce || from.balance < cost) return false
    balances.set(transfer.sender, { balance: from.balance - cost, nonce: from.nonce + 1 })
    const to = balances.get(transfer.recipient) ?? { balance: 0, nonce: 0 }
    balances.set(transfer.recipient, { ...to, balance: to.balance + transfer.amount })
    return true
  }
  const check = (): void => {
    for (const list of [pending(), chosen(), chosen(5_000)]) {
      const balances = new Map(ledger)
      for (const transfer of list) expect(pays(balances, transfer)).toBe(true)
    }
    expect(pool.size).toBe(pending().length)
    expect(chosen()).toHaveLength(pool.size)
  }
  let admitted = 0
  for (let round = 0; round < 40; round++) {
    store = new MemoryStore()
    ledger = new Map()
    for (const holder of holders) await give(holder, dice.below(50_000))
    await open({ maxTransactions: 12 })
    const history: { block: TransferFields[]; before: Map<string, { balance: number; nonce: number }> }[] = []
    for (let step = 0; step < 30; step++) {
      const what = dice.below(10)
      if (what < 6) {
        const from = dice.one(holders)
        const { transfers = 0 } = (await pool.balanceAfter(from.address))!
        const nonce = Math.max(0, transfers - (dice.chance(0.3) ? 1 + dice.below(2) : 0))
        const transfer = from.pay(dice.one(holders).address, {
          amount: 1 + dice.below(20_000),
          fee: 900 + dice.below(3_000),
          nonce,
        })
        const more = dice.one(holders).pay(dice.one(holders).address, { fee: 900 + dice.below(5_000) })
        const offered = dice.chance(0.5) ? [transfer, more] : [transfer]
        const { codes } = await arrive(offered, NOW + step * 4_000)
        for (const [i, code] of codes.entries()) {
          if (code !== undefined) continue
          admitted++
          expect(pool.withId(idOf(offered[i]!))).toHaveLength(1)
        }
      } else if (what < 8) {
        const block = chosen(1 + dice.below(3_000))
        history.push({ block, before: new Map(ledger) })
        const after = new Map(ledger)
        for (const transfer of block) pays(after, transfer)
        for (const holder of holders) {
          const { balance, nonce } = after.get(holder.address)!
          await give(holder, balance, nonce)
        }
        await follow({ confirmed: block }, NOW + step * 4_000)
      } else if (what === 8 && history.length > 0) {
        const { block, before } = history.pop()!
        for (const holder of holders) {
          const { balance, nonce } = before.get(holder.address)!
          await give(holder, balance, nonce)
        }
        const at = dice.below(block.length + 1)
        await follow({ mined: block.slice(at), others: block.slice(0, at) }, NOW + step * 4_000)
      } else {
        const before = pending()
        await open({ maxTransactions: 12 })
        expect(pending()).toEqual(before)
      }
      check()
    }
  }
  expect(admitted).toBeGreaterThan(200)
})

test('what is refused, and who was asked for, leaves no trace: the next time the store is asked again', async () => {
  const read: string[] = []
  const counted: MemoryStore = Object.assign(Object.create(store), {
    getMany: (keys: readonly Uint8Array[]) => {
      for (const key of keys) read.push(Buffer.from(key).toString())
      return store.getMany(keys)
    },
  })
  pool = await FeePool.open(counted, DEV_RULES, DEV_RULES)
  for (let round = 1; round <= 3; round++) {
    await pool.balanceAfter(alice.address)
    expect((await arrive([carol.pay(dora.address)])).codes).toEqual(['insufficient-funds'])
    expect(read).toHaveLength(3 * round)
  }
})
