import { beforeEach, describe, expect, test } from 'vitest'
import { ChainDesk } from '../../support/chain-desk.js'
import { FullableStore, STORES } from '../../support/stores.js'
import { TOY, type ToyBlock, toyChain } from '../../support/toy-rules.js'

describe.each(STORES)('the active chain in a %s is read', (_name, open) => {
  let desk: ChainDesk<ToyBlock>
  let genesis: ToyBlock
  beforeEach(async () => {
    desk = await ChainDesk.open(await open(), TOY)
    genesis = desk.chain.tip.block
  })

  test('in order, whatever the sizes of its blocks, and in parts', async () => {
    const sizes = Array.from({ length: 700 }, (_, i) => (i % 100 === 50 ? 5_000 : 1))
    const blocks = toyChain(genesis, ...sizes.map((size) => ({ transactions: ['x'.repeat(size)] })))
    await desk.offer([genesis, ...blocks])
    expect((await desk.blocks()).map(({ height }) => height)).toEqual(Array.from({ length: 701 }, (_, i) => i + 1))
    const some: number[] = []
    for await (const page of desk.chain.reader.blocks(300, 305)) some.push(...page.map(({ height }) => height))
    expect(some).toEqual([300, 301, 302, 303, 304])
    for await (const _page of desk.chain.reader.blocks(5, 5)) expect.unreachable()
  })

  test('across the branches that it came with, past those that lie between them', async () => {
    let chain = [genesis]
    for (let i = 0; i < 40; i++) {
      // Each adoption replaces up to two blocks. In front of every third one a branch is begun that is gathered for ever.
      const kept = chain.slice(0, Math.max(1, chain.length - (i % 3)))
      if (i % 3 === 0) {
        const left = desk.chain.stage()
        await left.add([...kept, ...toyChain(kept.at(-1), { sets: [['left', String(i)]] }, {}, {}, {}, {})])
        await left.flush()
      }
      chain = [...kept, ...toyChain(kept.at(-1), ...Array.from({ length: 1 + (i % 3) }, () => ({ weight: 10 + i })))]
      expect(await desk.offer(chain)).toBeUndefined()
      if (i % 4 === 0) {
        const next = toyChain(chain.at(-1), {}, {}, {})
        await desk.extend(next)
        chain.push(...next)
      }
    }
    const hashes = chain.map(({ hash }) => hash)
    expect(await desk.hashes()).toEqual(hashes)
    for (let from = 1; from <= chain.length; from += 7) {
      const part: string[] = []
      const to = Math.min(from + 5, chain.length + 1)
      for await (const page of desk.chain.reader.blocks(from, to)) part.push(...page.map(({ block }) => block.hash))
      expect(part).toEqual(hashes.slice(from - 1, from + 4))
    }
  })
})

describe('StoreDamaged', () => {
  let store: FullableStore
  let desk: ChainDesk<ToyBlock>
  beforeEach(async () => {
    store = new FullableStore()
    desk = await ChainDesk.open(store, TOY)
    const genesis = desk.chain.tip.block
    const ours = [genesis, ...toyChain(genesis, {}, {})]
    await desk.extend(ours.slice(1))
    // Blocks 1 to 3 are of branch 0, blocks 4 and 5 of branch 1.
    expect(await desk.offer([...ours, ...toyChain(ours.at(-1), {}, {})])).toBeUndefined()
  })

  test.each([
    [1, 'B0000000000000001'],
    [2, 'B0000000000000002'],
    [3, 'B0000000000000003'],
    [4, 'B0000000100000004'],
    [5, 'B0000000100000005'],
  ])('block %i is missing', async (height, key) => {
    await remove(key)
    const read: number[] = []
    const reading = (async () => {
      for await (const page of desk.chain.reader.encodings(1, 6)) read.push(...page.map(({ length }) => length))
    })()
    await expect(reading).rejects.toThrow(`block ${height} is missing`)
    expect(read.length).toBeLessThan(height)
    await expect(desk.blocks()).rejects.toThrow(`block ${height} is missing`)
    await expect(desk.chain.reader.blockAt(height)).rejects.toThrow(`block ${height} is missing`)
  })

  test.each([1, 2, 3, 4, 5])('block %i is missing from the index', async (height) => {
    await remove(`A0000000${height}`)
    await expect(desk.blocks()).rejects.toThrow(`block ${height} is missing from the index`)
  })

  test('a height that is not there, where blocks are asked for', async () => {
    const read = async () => {
      for await (const _page of desk.chain.reader.blocks(1, 7)) {
        // Reads on until it is refused.
      }
    }
    await expect(read()).rejects.toThrow('block 6 is missing from the index')
  })

  /** @param key its letter, and the rest in hex */
  async function remove(key: string): Promise<void> {
    const bytes = Buffer.concat([Buffer.from(key[0]!), Buffer.from(key.slice(1), 'hex')])
    expect(await store.get(bytes)).toBeDefined()
    await store.write([{ key: bytes }])
  }
})
