import { beforeEach, describe, expect, test } from 'vitest'
import { Chain } from '../../../src/chain/chain.js'
import { ChainDesk } from '../../support/chain-desk.js'
import { sha256 } from '../../support/chains.js'
import { FullableStore } from '../../support/stores.js'
import { TOOLS } from '../../support/tools.js'
import { TOY, type ToyBlock, toyBlock, toyChain, UNCONNECTABLE } from '../../support/toy-rules.js'

let store: FullableStore
let desk: ChainDesk<ToyBlock>
let genesis: ToyBlock
beforeEach(async () => {
  store = new FullableStore()
  desk = await ChainDesk.open(store, TOY)
  genesis = desk.chain.tip.block
})

describe('a new chain', () => {
  test('holds its first block, connected', async () => {
    expect(desk.chain.tip).toMatchObject({ height: 1, weight: 1n, block: TOY.genesis(1_500_000_000) })
    expect(await desk.chain.balance('genesis')).toMatchObject({ amount: '1500000000', uncounted: 0 })
    expect(await desk.blocks()).toEqual([{ height: 1, block: genesis, mined: true }])
    expect(store.writes).toBe(1)
  })
})

describe('append', () => {
  test('makes the block the tip: by height, by hash, in the ledger, in the weight', async () => {
    const [two, three] = toyChain(genesis, { weight: 5, sets: [['a', '1']] }, { sets: [['a', '2']] })
    expect(await desk.append(two!, true)).toBeUndefined()
    expect(await desk.append(three!)).toBeUndefined()
    const { chain } = desk
    expect(chain.tip).toEqual({ height: 3, weight: 7n, block: three })
    expect(await chain.balance('a')).toMatchObject({ amount: '2', uncounted: 0 })
    expect(await chain.reader.blockAt(2)).toEqual({ height: 2, block: two, mined: true })
    expect(await chain.reader.blockAt(3)).toEqual({ height: 3, block: three, mined: false })
    expect(await chain.reader.heightsWith(two!.hash, 2)).toEqual([2])
    expect(await chain.reader.heightsWith('00'.repeat(32), 2)).toEqual([])
    expect(await chain.reader.blockAt(4)).toBeUndefined()
    expect(await chain.reader.blockAt(0)).toBeUndefined()
  })

  test('is one batch', async () => {
    await desk.append(toyBlock({ parent: genesis.hash, sets: [['a', '1']] }))
    expect(store.writes).toBe(2)
  })

  test('tells how often each transaction is confirmed', async () => {
    await desk.append(toyBlock({ parent: genesis.hash, transactions: ['x', 'y', 'x'] }))
    expect(desk.lastChange).toMatchObject({
      confirmed: new Map([
        [sha256('x'), 2],
        [sha256('y'), 1],
      ]),
      abandoned: { mined: [], others: [] },
    })
  })

  test.each([
    ['bad-previous-hash', 'a block on another parent', { parent: '00' }],
    [
      'bad-amount',
      'a block that the ledger does not take',
      {
        sets: [
          ['a', '1'],
          ['b', UNCONNECTABLE],
        ] as const,
      },
    ],
  ])('%s: %s changes nothing', async (code, _what, contents) => {
    const before = await store.contents()
    const block = toyBlock({ parent: genesis.hash, ...contents })
    expect(await desk.append(block)).toMatchObject({ code })
    expect(await store.contents()).toEqual(before)
    expect(desk.chain.tip.block).toBe(genesis)
    await desk.extend(toyChain(genesis, { sets: [['a', '9']] }))
    expect((await desk.chain.balance('a')).amount).toBe('9')
  })

  test('a block is appended once: again, it is on another parent', async () => {
    const block = toyBlock({ parent: genesis.hash })
    await desk.extend([block])
    expect(await desk.append(block)).toMatchObject({ code: 'bad-previous-hash' })
  })

  test('a full disk changes nothing, neither in the store nor in memory', async () => {
    const block = toyBlock({ parent: genesis.hash, sets: [['a', '1']] })
    const before = await store.contents()
    store.isFull = true
    await expect(desk.append(block)).rejects.toThrow('no space left')
    expect(desk.chain.tip.block).toBe(genesis)
    expect(await store.contents()).toEqual(before)
    store.isFull = false
    expect(await desk.append(block)).toBeUndefined()
    expect((await Chain.open(store, TOY, TOOLS))!.tip).toEqual(desk.chain.tip)
  })
})
