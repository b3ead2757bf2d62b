import { beforeEach, expect, test } from 'vitest'
import type { Branch } from '../../../src/chain/branch.js'
import { ChainReader } from '../../../src/chain/chain-reader.js'
import { TransactionIndex } from '../../../src/chain/transaction-index.js'
import type { BlockTransaction } from '../../../src/consensus/rules.js'
import { textOf } from '../../../src/primitives/bytes.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { ChainDesk } from '../../support/chain-desk.js'
import { sha256 } from '../../support/chains.js'
import { firstOf } from '../../support/first-of.js'
import { TOY, type ToyBlock, ToyRules, toyBlock, toyChain } from '../../support/toy-rules.js'

let desk: ChainDesk<ToyBlock>
let index: TransactionIndex<ToyBlock>
let genesis: ToyBlock
beforeEach(async () => {
  desk = await ChainDesk.open(new MemoryStore(), TOY)
  index = new TransactionIndex(desk.store, TOY, desk.chain.reader)
  genesis = desk.chain.tip.block
})

async function history(address: string, limit = 100, before?: { height: number; position: number }): Promise<string[]> {
  const found = await firstOf(index.ofAddress(address, before), limit)
  return found.map(({ height, position, encoded }) => `${height}.${position} ${textOf(encoded)}`)
}

/** Keys of the index, those of branches that are only gathered included. */
async function keyCount(): Promise<number> {
  let count = 0
  for await (const page of desk.store.entries({ from: Uint8Array.of(0x44), to: Uint8Array.of(0x45) }))
    count += page.length
  return count
}

test('an address has its transactions, the last ones first, each once, page by page', async () => {
  await desk.extend(
    toyChain(genesis, { transactions: ['a b', 'b c', 'a a'] }, { transactions: ['c d'] }, { transactions: ['b a'] }),
  )
  expect(await history('a')).toEqual(['4.0 b a', '2.2 a a', '2.0 a b'])
  expect(await history('a', 2)).toEqual(['4.0 b a', '2.2 a a'])
  expect(await history('a', 2, { height: 2, position: 2 })).toEqual(['2.0 a b'])
  expect(await history('a', 2, { height: 4, position: 0 })).toEqual(['2.2 a a', '2.0 a b'])
  expect(await history('a', 2, { height: 3, position: 7 })).toEqual(['2.2 a a', '2.0 a b'])
  expect(await history('nobody')).toEqual([])
})

test('what is found does not keep its block in memory, and a block is read only when its transactions are asked for', async () => {
  const large = 'x'.repeat(1000)
  const blocks = toyChain(genesis, { transactions: ['a b', large] }, { transactions: ['a c', large] })
  await desk.extend(blocks)
  const read: number[] = []
  const rules = new (class extends ToyRules {
    override readBlock(encoded: Uint8Array): ToyBlock {
      const block = super.readBlock(encoded)
      read.push(1 + [genesis, ...blocks].findIndex(({ hash }) => hash === block.hash))
      return block
    }
    override *transactionsIn(block: ToyBlock): Generator<BlockTransaction> {
      // As the tutorial's rules do.
      for (const each of super.transactionsIn(block)) {
        const start = textOf(block.encoded).indexOf(textOf(each.encoded))
        yield { ...each, encoded: block.encoded.subarray(start, start + each.encoded.length) }
      }
    }
  })()
  const found = new TransactionIndex(desk.store, rules, new ChainReader(desk.store, rules)).ofAddress('a')
  const { value: last } = await found.next()
  expect(read).toEqual([3])
  expect(last).toMatchObject({ height: 3, position: 0, blockHash: blocks[1]!.hash })
  expect([textOf(last!.encoded), last!.encoded.buffer.byteLength]).toEqual(['a c', 3])
  await found.return(undefined)
})

test('a transaction is found by its id wherever it stands, and by the first digits of it', async () => {
  await desk.extend(toyChain(genesis, { transactions: ['a b', 'c d'] }, { transactions: ['a b', 'a b'] }))
  const id = sha256('a b')
  const found = await firstOf(index.withId(id), 10)
  expect(found.map(({ height, position }) => [height, position])).toEqual([
    [3, 1],
    [3, 0],
    [2, 0],
  ])
  expect(await firstOf(index.withId(sha256('never')), 10)).toEqual([])
  expect(await index.idsWith(id.slice(0, 9), 5)).toEqual([id])
  expect(await index.idsWith(id, 5)).toEqual([id])
  expect(await index.idsWith(sha256('never').slice(0, 9), 5)).toEqual([])
})

test('the first digits of several ids: as many are told as are asked for; an address is none', async () => {
  // Found by trying: all begin with 5.
  const texts = Array.from({ length: 200 }, (_, i) => `t${i}`).filter((text) => sha256(text).startsWith('5'))
  expect(texts.length).toBeGreaterThan(2)
  const addressed = Array.from({ length: 60 }, (_, i) => `n${i}`).filter((name) => sha256(name).startsWith('5'))
  expect(addressed.length).toBeGreaterThan(0)
  await desk.extend(toyChain(genesis, { transactions: [...texts, `${addressed[0]} x`] }))
  const ids = [...texts, `${addressed[0]} x`]
    .map(sha256)
    .filter((id) => id.startsWith('5'))
    .sort()
  expect(await index.idsWith('5', 50)).toEqual(ids)
  expect(await index.idsWith('5', 2)).toEqual(ids.slice(0, 2))
})

/** A branch as it is when all of it is stored, just before it becomes active. */
async function indexedBranch(...specs: Parameters<typeof toyChain>[1][]): Promise<Branch<ToyBlock>> {
  const branch = desk.chain.stage()
  await branch.add([genesis, ...toyChain(genesis, ...specs)])
  await branch.flush()
  for await (const page of branch.newBlocks()) await branch.index(page)
  await branch.flush()
  return branch
}

test('a branch that is gathered is not found, and one that is discarded leaves nothing behind', async () => {
  await desk.append(toyBlock({ parent: genesis.hash, transactions: ['a b'] }))
  const before = await keyCount()
  const branch = await indexedBranch({ transactions: ['a c'] }, { transactions: ['a d'] })
  expect(await keyCount()).toBeGreaterThan(before)
  expect(await history('a')).toEqual(['2.0 a b'])
  await branch.discard()
  expect(await keyCount()).toBe(before)
})

test('what a crash leaves of a branch goes at the next opening', async () => {
  const before = await keyCount()
  await indexedBranch({ transactions: ['a c'] })
  expect(await keyCount()).toBeGreaterThan(before)
  await ChainDesk.open(desk.store, TOY)
  expect(await keyCount()).toBe(before)
})

test('a chain that is replaced is found no longer', async () => {
  await desk.extend(toyChain(genesis, { transactions: ['a b'] }))
  await desk.offer([genesis, ...toyChain(genesis, { weight: 5, transactions: ['a c'] })])
  expect(await history('a')).toEqual(['2.0 a c'])
  expect(await history('b')).toEqual([])
  // Of genesis nothing, of the new block its id and two addresses.
  expect(await keyCount()).toBe(3)
})

test('of a block nothing is looked at behind the last place that is wanted', async () => {
  const [block] = toyChain(genesis, { transactions: ['x y', 'a b', 'y x', 'a c', ...Array<string>(1_000).fill('z z')] })
  await desk.extend([block!])
  let looked = 0
  const rules = new (class extends ToyRules {
    override *transactionsIn(block: ToyBlock): Generator<BlockTransaction> {
      for (const each of super.transactionsIn(block)) {
        looked++
        yield each
      }
    }
  })()
  const found = new TransactionIndex(desk.store, rules, new ChainReader(desk.store, rules)).ofAddress('a')
  expect((await firstOf(found, 9)).map(({ position }) => position)).toEqual([3, 1])
  expect(looked).toBe(4)
})

test('of one block the first 50,000 transactions are found', async () => {
  const transactions = Array.from({ length: 50_001 }, (_, i) => (i < 49_999 ? 'x' : `y${i}`))
  await desk.append(toyBlock({ parent: genesis.hash, transactions }))
  expect(await history('y49999')).toEqual(['2.49999 y49999'])
  expect(await history('y50000')).toEqual([])
})
