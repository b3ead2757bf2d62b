import { beforeEach, describe, expect, test } from 'vitest'
import type { ChainChange } from '../../../src/chain/chain-change.js'
import { storedLedger } from '../../../src/chain/ledger-buffer.js'
import { networkNamed } from '../../../src/consensus/networks.js'
import { isReject } from '../../../src/consensus/reject.js'
import type { PendingLimits } from '../../../src/consensus/rules.js'
import { ArrivalPool } from '../../../src/mempool/arrival-pool.js'
import { asciiOf, utf8 } from '../../../src/primitives/bytes.js'
import { type JsonValue, parseJson } from '../../../src/primitives/json/value.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { sha256 } from '../../support/chains.js'
import { codeOf, EASY, encoded, pay } from '../../support/tutorial.js'

// Written again, not imported.
const ROOMY: PendingLimits = { maxTransactions: 100_000, maxBytes: 67_108_864 }

let store: MemoryStore
let mempool: ArrivalPool<ReturnType<typeof EASY.genesis>>
beforeEach(async () => {
  store = new MemoryStore()
  mempool = await ArrivalPool.open(store, EASY)
})

/** A payment whose sender tells it from others. */
function tx(name: string): Uint8Array {
  return encoded(pay(name, 'b', 1))
}

/** The hex SHA-256 of its canonical JSON. */
function idOf(name: string): string {
  return sha256(asciiOf(tx(name)))
}

function request(name: string): JsonValue {
  return parseJson(tx(name), { maxDepth: 5, maxBytes: 10_000_000 })
}

/** The senders of what is pending. */
function pending(pool = mempool): string[] {
  return pool.first(1_000_000).map((transaction) => /"sender": "(.*)"/.exec(asciiOf(transaction))![1]!)
}

async function open(limits: Partial<PendingLimits>): Promise<void> {
  mempool = await ArrivalPool.open(store, EASY, { ...ROOMY, ...limits })
}

async function arrive(...names: string[]): Promise<(string | undefined)[]> {
  const { outcomes, changes, apply } = await mempool.planArrivals(names.map(request))
  await store.write([...changes])
  apply()
  return outcomes.map(codeOf)
}

/** @returns how many came back */
async function follow(change: { confirmed?: string[]; mined?: string[]; others?: string[] }): Promise<number> {
  const { confirmed = [], mined = [], others = [] } = change
  const counts = new Map<string, number>()
  for (const name of confirmed) counts.set(idOf(name), (counts.get(idOf(name)) ?? 0) + 1)
  const identified = (name: string) => ({ id: idOf(name), encoded: tx(name) })
  const chainChange: ChainChange = {
    confirmed: counts,
    abandoned: { mined: mined.map(identified), others: others.map(identified) },
    ledger: storedLedger(store),
  }
  const { changes, apply, returned } = await mempool.planChainChange(chainChange)
  await store.write([...changes])
  apply()
  // Memory and store agree after each change, and so after each crash.
  expect(pending(await ArrivalPool.open(store, EASY))).toEqual(pending())
  return returned
}

describe('arrivals', () => {
  test('are pending in their order, equal ones each for itself', async () => {
    expect(await arrive('a', 'b', 'a')).toEqual([undefined, undefined, undefined])
    await arrive('a')
    expect(pending()).toEqual(['a', 'b', 'a', 'a'])
    expect(mempool.size).toBe(4)
    expect(mempool.first(2)).toHaveLength(2)
  })

  test('are still pending after opening again, and more come behind them', async () => {
    await arrive('a', 'b')
    await open({})
    await arrive('c')
    await open({})
    expect(pending()).toEqual(['a', 'b', 'c'])
  })

  test('that are refused do not keep the others out', async () => {
    const { outcomes, changes } = await mempool.planArrivals([request('a'), null, request('b')])
    expect(outcomes.map(codeOf)).toEqual([undefined, 'bad-format', undefined])
    expect(changes).toHaveLength(2)
  })

  test('are only planned until they are applied', async () => {
    await mempool.planArrivals([request('a')])
    expect(mempool.size).toBe(0)
  })

  test('pool-full: as many as allowed are taken, one more is refused, and nobody is to blame', async () => {
    await open({ maxTransactions: 3 })
    expect(await arrive('a', 'b')).toEqual([undefined, undefined])
    expect(await arrive('c', 'd')).toEqual([undefined, 'pool-full'])
    const { outcomes } = await mempool.planArrivals([request('e')])
    expect(outcomes[0]).toMatchObject({
      code: 'pool-full',
      message: '3 transactions are pending already',
      hint: expect.stringContaining('chain mine'),
      fault: 'unsure',
    })
    await follow({ confirmed: ['b'] })
    expect(await arrive('f', 'g')).toEqual([undefined, 'pool-full'])
    expect(pending()).toEqual(['a', 'c', 'f'])
  })

  test('pool-full: by bytes, and a smaller one may still find room', async () => {
    await open({ maxBytes: 2 * tx('a').length + 5 })
    expect(await arrive('a', 'a long name', 'b', 'c')).toEqual([undefined, 'pool-full', undefined, 'pool-full'])
    const [used, most] = [2 * tx('a').length, 2 * tx('a').length + 5]
    expect((await mempool.planArrivals([request('d')])).outcomes[0]).toMatchObject({
      message: `the pending transactions have ${used} bytes already, and may have ${most}`,
      hint: expect.stringContaining('chain mine'),
      fault: 'unsure',
    })
    await follow({ confirmed: ['a'] })
    expect(await arrive('c')).toEqual([undefined])
  })

  test('pool-full: what was there at opening counts', async () => {
    await arrive('a', 'b')
    await open({ maxTransactions: 2 })
    expect(await arrive('c')).toEqual(['pool-full'])
    await open({ maxBytes: 2 * tx('a').length })
    expect(await arrive('c')).toEqual(['pool-full'])
  })

  test('too-large: a transaction of more than a mebibyte', async () => {
    const frame = tx('').length
    const { outcomes } = await mempool.planArrivals([
      request('x'.repeat(1_048_576 - frame)),
      request('x'.repeat(1_048_577 - frame)),
    ])
    expect(outcomes.map((outcome) => (isReject(outcome) ? [outcome.code, outcome.fault] : []))).toEqual([
      [],
      ['too-large', 'sender'],
    ])
  })

  test('by default there are at most 100,000, of 64 MiB together and 1 MiB each', () => {
    expect(EASY.pendingLimits).toEqual(ROOMY)
  })

  test('on a secure network there are at most 5,000, of 5 MB together', () => {
    const { rules } = networkNamed('secure')!
    expect(rules.pendingLimits).toMatchObject({ maxTransactions: 5_000, maxBytes: 5_000_000 })
  })
})

test('what is shown of the pool at once comes to a mebibyte at most, unless it is a single transaction', async () => {
  const frame = tx('').length
  await open({ maxBytes: 10 * 1_048_576 })
  await arrive('a'.repeat(1_048_576 - frame), 'b'.repeat(600_000), 'c'.repeat(448_576 - 2 * frame), 'd')
  expect(mempool.first(10)).toHaveLength(1)
  await follow({ confirmed: ['a'.repeat(1_048_576 - frame)] })
  expect(mempool.first(10)).toHaveLength(2)
  expect(mempool.first(1)).toHaveLength(1)
  expect(mempool.size).toBe(3)
})

test('equal transactions are found by the id that they share', async () => {
  await arrive('a', 'b', 'a')
  expect(mempool.withId(idOf('a'))).toEqual([tx('a'), tx('a')])
  expect(mempool.withId(idOf('c'))).toEqual([])
  expect((await ArrivalPool.open(store, EASY)).withId(idOf('b'))).toEqual([tx('b')])
})

describe('a block’s transactions', () => {
  test('are the first ones, as many as fit with the separators between them', async () => {
    await arrive('a', 'b', 'c')
    const size = tx('a').length + 2
    expect(mempool.transactionsForBlock(3 * size)).toHaveLength(3)
    expect(mempool.transactionsForBlock(3 * size - 1)).toHaveLength(2)
    expect(mempool.transactionsForBlock(0)).toEqual([])
  })
})

describe('following the chain', () => {
  beforeEach(async () => {
    await arrive('a', 'b', 'c')
  })

  test('what is confirmed is pending no longer', async () => {
    expect(await follow({ confirmed: ['b', 'unknown'] })).toBe(0)
    expect(pending()).toEqual(['a', 'c'])
  })

  test('equal transactions are counted, not merged: two of three confirmed, one stays', async () => {
    await arrive('a', 'a')
    await follow({ confirmed: ['a', 'a'] })
    expect(pending()).toEqual(['b', 'c', 'a'])
  })

  test('what was abandoned is pending again, ahead of the rest, ours first, in its order', async () => {
    expect(await follow({ mined: ['m1', 'm2'], others: ['o1', 'o2'] })).toBe(4)
    expect(pending()).toEqual(['m1', 'm2', 'o1', 'o2', 'a', 'b', 'c'])
    await arrive('d')
    expect(pending().at(-1)).toBe('d')
    await open({})
    expect(pending()).toEqual(['m1', 'm2', 'o1', 'o2', 'a', 'b', 'c', 'd'])
  })

  test('what the new chain holds as well does not come back', async () => {
    expect(await follow({ confirmed: ['m1', 'o2'], mined: ['m1', 'm2'], others: ['o1', 'o2'] })).toBe(2)
    expect(pending()).toEqual(['m2', 'o1', 'a', 'b', 'c'])
  })

  test('equal ones abandoned and pending: the new chain’s copies are taken off the abandoned ones first', async () => {
    expect(await follow({ confirmed: ['a'], mined: ['a', 'a'] })).toBe(1)
    expect(pending()).toEqual(['a', 'a', 'b', 'c'])
    await follow({ confirmed: ['a', 'a', 'a'] })
    expect(pending()).toEqual(['b', 'c'])
  })

  test('rubbish of others does not come back: no payment, or a reward', async () => {
    const texts = ['7', '{"sender": "x"}', '{"amount": 1, "recipient": "b", "sender": "0"}']
    const others = texts.map((text) => ({ id: sha256(text), encoded: utf8(text) }))
    const { apply } = await mempool.planChainChange({
      confirmed: new Map(),
      abandoned: { mined: [], others },
      ledger: storedLedger(store),
    })
    apply()
    expect(pending()).toEqual(['a', 'b', 'c'])
  })

  test('a transaction that fits into no block of ours does not come back: it would stand before all others for ever', async () => {
    expect(await follow({ others: ['x'.repeat(8_000_000), 'o1'] })).toBe(1)
    expect(pending()).toEqual(['o1', 'a', 'b', 'c'])
    expect(mempool.transactionsForBlock(8_000_000)).toHaveLength(4)
  })

  test('those of others only while there is room, and behind ours', async () => {
    await open({ maxTransactions: 5 })
    expect(await follow({ others: ['o1', 'o2', 'o3'] })).toBe(2)
    expect(pending()).toEqual(['o1', 'o2', 'a', 'b', 'c'])
  })

  test('by bytes, too', async () => {
    await open({ maxBytes: 5 * tx('a').length + 2 })
    expect(await follow({ mined: ['m'], others: ['o', 'p'] })).toBe(2)
    expect(pending()).toEqual(['m', 'o', 'a', 'b', 'c'])
  })

  test('ours come back even where there is no room: they were acknowledged here', async () => {
    await open({ maxTransactions: 3 })
    expect(await follow({ mined: ['m1', 'm2'], others: ['o1'] })).toBe(2)
    expect(pending()).toEqual(['m1', 'm2', 'a', 'b', 'c'])
    expect(await arrive('d')).toEqual(['pool-full'])
  })

  test('is only planned until it is applied', async () => {
    const mined = [{ id: idOf('m'), encoded: tx('m') }]
    await mempool.planChainChange({
      confirmed: new Map(),
      abandoned: { mined, others: [] },
      ledger: storedLedger(store),
    })
    expect(pending()).toEqual(['a', 'b', 'c'])
  })
})
