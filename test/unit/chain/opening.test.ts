import { beforeEach, describe, expect, test } from 'vitest'
import { Chain } from '../../../src/chain/chain.js'
import type { ChainStore } from '../../../src/chain/store.js'
import { bytesOfHex, textOf, utf8 } from '../../../src/primitives/bytes.js'
import { StoreDamaged } from '../../../src/primitives/errors.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { ChainDesk } from '../../support/chain-desk.js'
import { FullableStore, STORES } from '../../support/stores.js'
import { TOOLS } from '../../support/tools.js'
import { TOY, type ToyBlock, toyChain } from '../../support/toy-rules.js'

// The layout, written again: what a store holds must not change without a new format.
const TIP = utf8('T')
const active = (height: number) => key('41', height)
const blockOf = (branch: number, height: number) => key('42', branch, height)
const staged = (branch: number) => key('53', branch)

function key(prefix: string, ...numbers: number[]): Uint8Array {
  return bytesOfHex(prefix + numbers.map((number) => number.toString(16).padStart(8, '0')).join(''))
}

async function chainOf(store: ChainStore, length: number): Promise<ToyBlock[]> {
  const desk = await ChainDesk.open(store, TOY)
  const genesis = desk.chain.tip.block
  const rest = toyChain(
    genesis,
    ...Array.from({ length: length - 1 }, (_, i) => ({ sets: [['n', String(i)]] as const })),
  )
  await desk.extend(rest)
  return [genesis, ...rest]
}

describe.each(STORES)('opening a %s', (_name, open) => {
  test('that is empty gives no chain', async () => {
    expect(await Chain.open(await open(), TOY, TOOLS)).toBeUndefined()
  })

  test('continues where the chain was', async () => {
    const store = await open()
    const blocks = await chainOf(store, 5)
    const desk = await ChainDesk.open(store, TOY)
    expect(desk.chain.tip).toMatchObject({ height: 5, weight: 5n, block: { hash: blocks[4]!.hash } })
    expect((await desk.chain.balance('n')).amount).toBe('3')
    const theirs = toyChain(blocks[4], { sets: [['n', 'on']] })
    await desk.extend(theirs, true)
    expect((await (await ChainDesk.open(store, TOY)).blocks()).map(({ mined }) => mined)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ])
  })

  test('removes the rubbish that a crash left of branches that were being gathered', async () => {
    const store = await open()
    const blocks = await chainOf(store, 3)
    const chain = (await Chain.open(store, TOY, TOOLS))!
    for (const name of ['x', 'y']) {
      const branch = chain.stage()
      await branch.add([
        ...blocks,
        ...toyChain(blocks[2], ...Array.from({ length: 9 }, () => ({ sets: [[name, '1']] as const }))),
      ])
      await branch.flush()
    }
    expect(await store.get(staged(2))).toBeDefined()
    expect(await store.get(blockOf(2, 12))).toBeDefined()
    // The crash: nobody discards anything.
    const desk = await ChainDesk.open(store, TOY)
    const left: string[] = []
    for await (const page of store.entries({ from: utf8('B'), to: utf8('C') }))
      left.push(...page.map(([k]) => Buffer.from(k).toString('hex')))
    expect(left).toEqual([1, 2, 3].map((height) => Buffer.from(blockOf(0, height)).toString('hex')))
    expect(await store.get(staged(1))).toBeUndefined()
    expect(desk.chain.tip.height).toBe(3)

    // Its numbers are free again, and what is adopted under them is whole.
    const theirs = [...blocks.slice(0, 2), ...toyChain(blocks[1], { weight: 5 }, {})]
    expect(await desk.offer(theirs)).toBeUndefined()
    expect(await (await ChainDesk.open(store, TOY)).hashes()).toEqual(theirs.map(({ hash }) => hash))
  })

  test('after an adoption does not take the active branch for rubbish, nor give its number away', async () => {
    const store = await open()
    const blocks = await chainOf(store, 3)
    let desk = await ChainDesk.open(store, TOY)
    const theirs = [...blocks.slice(0, 2), ...toyChain(blocks[1], { weight: 5 })]
    expect(await desk.offer(theirs)).toBeUndefined()
    desk = await ChainDesk.open(store, TOY)
    const branch = desk.chain.stage()
    expect(branch.id).toBe(2)
    await branch.add(toyChain(undefined, {}, {}))
    await branch.flush()
    await branch.discard()
    expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
  })
})

describe('damage is named', () => {
  let store: FullableStore
  let blocks: ToyBlock[]
  beforeEach(async () => {
    store = new FullableStore()
    blocks = await chainOf(store, 5)
  })

  async function expectDamage(message: string): Promise<void> {
    await expect(Chain.open(store, TOY, TOOLS)).rejects.toThrow(StoreDamaged)
    await expect(Chain.open(store, TOY, TOOLS)).rejects.toThrow(message)
  }

  test('a missing tip', async () => {
    await store.write([{ key: TIP }])
    await expectDamage('the record of the last block is missing')
  })

  test.each([1, 2, 4, 5])('a missing block: %i', async (height) => {
    await store.write([{ key: blockOf(0, height) }])
    await expectDamage(`block ${height} is missing`)
  })

  test('a missing index entry', async () => {
    await store.write([{ key: active(3) }])
    await expectDamage('block 3 is missing from the index')
    await store.write([{ key: active(1) }])
    await expectDamage('the first block is missing')
  })

  test('a flipped byte of a block', async () => {
    const encoded = Uint8Array.from(blocks[2]!.encoded)
    // "n" becomes "o": still a block, but another one.
    encoded[textOf(encoded).indexOf('"n"') + 1]! ^= 1
    await store.write([{ key: blockOf(0, 3), value: encoded }])
    await expectDamage('block 3 is not the one that was stored')
  })

  test('a block in the place of another, which does not follow', async () => {
    const stranger = toyChain(undefined, { weight: 1 })[0]!
    const record = Uint8Array.from((await store.get(active(3)))!)
    record.set(bytesOfHex(stranger.hash), 5)
    await store.write([
      { key: blockOf(0, 3), value: stranger.encoded },
      { key: active(3), value: record },
    ])
    await expectDamage('block 3 is not valid: the parent is another one')
  })

  test.each([
    [4, 'there is a block behind block 4'],
    [6, 'block 6 is missing from the index'],
  ])('a wrong count: %i instead of 5', async (height, message) => {
    const tip = JSON.parse(textOf((await store.get(TIP))!))
    await store.write([{ key: TIP, value: utf8(JSON.stringify({ ...tip, height })) }])
    await expectDamage(message)
  })

  test('a store of another format', async () => {
    const tip = JSON.parse(textOf((await store.get(TIP))!))
    expect(tip).toEqual({ format: 2, height: 5, weight: '5', branch: 0, nextBranch: 1 })
    await store.write([{ key: TIP, value: utf8(JSON.stringify({ ...tip, format: 3 })) }])
    await expectDamage('the store has format 3, and this version of the program reads format 2')
  })
})

describe('a long chain', () => {
  test('is opened by looking at its last 100 blocks; older damage is named by whoever reads it', async () => {
    const store = new MemoryStore()
    await chainOf(store, 150)
    await store.write([{ key: blockOf(0, 20) }])
    const desk = await ChainDesk.open(store, TOY)
    expect(desk.chain.tip.height).toBe(150)
    await expect(desk.hashes()).rejects.toThrow('block 20 is missing')
    await store.write([{ key: blockOf(0, 51) }])
    await expect(Chain.open(store, TOY, TOOLS)).rejects.toThrow('block 51 is missing')
  })
})
