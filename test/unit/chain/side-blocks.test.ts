import { beforeEach, expect, test } from 'vitest'
import { SideBlocks } from '../../../src/chain/side-blocks.js'
import type { StoreChanges } from '../../../src/chain/store.js'
import type { SecureBlock } from '../../../src/consensus/secure/block.js'
import { StoreUnwritable } from '../../../src/primitives/errors.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { DEV_RULES, Holder, secureChain } from '../../support/secure.js'

const genesis = DEV_RULES.genesis()
const branches = [1, 2, 3].map((seed) =>
  secureChain(
    genesis,
    Array.from({ length: 4 }, () => ({ miner: new Holder(seed).address })),
  ),
) as [SecureBlock[], SecureBlock[], SecureBlock[]]
/** A block, and what it counts for beside its bytes. */
const SIZE = branches[0][0]!.encoded.length + 500

let store: MemoryStore
let side: SideBlocks<SecureBlock>
beforeEach(async () => {
  store = new MemoryStore()
  side = await SideBlocks.open(store, DEV_RULES)
})

async function keep(blocks: readonly SecureBlock[]): Promise<void> {
  let weight = 0n
  for (const block of blocks) {
    weight += DEV_RULES.weightOf(block)
    await side.keep(DEV_RULES, block, weight)
  }
}

function kept(blocks: readonly SecureBlock[]): number {
  return blocks.filter(({ hash }) => side.get(hash) !== undefined).length
}

test('they are there after opening again, with their chains and contents', async () => {
  await keep(branches[0])
  side = await SideBlocks.open(store, DEV_RULES)
  const last = side.get(branches[0][3]!.hash)!
  expect(last).toMatchObject({ height: 5, weight: 8n, parent: branches[0][2]!.hash })
  expect(side.pathTo(last).map(({ hash }) => hash)).toEqual(branches[0].map(({ hash }) => hash))
  expect((await side.read(last.hash))?.encoded).toEqual(branches[0][3]!.encoded)
})

test('the heaviest is found, of equal ones the first, above a weight and not at it', async () => {
  await keep(branches[1].slice(0, 3))
  await keep(branches[0].slice(0, 3))
  expect(side.heaviestAbove(5n)?.hash).toBe(branches[1][2]!.hash)
  expect(side.heaviestAbove(6n)).toBeUndefined()
  await keep(branches[0].slice(0, 4))
  expect(side.heaviestAbove(6n)?.hash).toBe(branches[0][3]!.hash)
})

test('without room the chain with the least work goes first, and of a chain its last block', async () => {
  // Room for seven; beyond it a tenth more goes.
  side = await SideBlocks.open(store, DEV_RULES, 7.9 * SIZE)
  await keep(branches[0])
  await keep(branches[1].slice(0, 2))
  await keep(branches[2].slice(0, 2))
  expect([kept(branches[0]), kept(branches[1])]).toEqual([4, 2])
  expect(kept(branches[2])).toBe(1)
  expect(side.get(branches[2][0]!.hash)).toBeDefined()
  const again = await SideBlocks.open(store, DEV_RULES)
  expect(again.size).toBe(side.size)
})

test('a block is forgotten with all that follow it, and nothing of them stays in the store', async () => {
  await keep(branches[0])
  await keep(branches[1])
  expect(await side.forget(branches[0][1]!.hash)).toEqual(branches[0].slice(1).map(({ hash }) => hash))
  expect([kept(branches[0]), kept(branches[1])]).toEqual([1, 4])
  expect(await side.read(branches[0][2]!.hash)).toBeUndefined()
  expect((await SideBlocks.open(store, DEV_RULES)).size).toBe(5)
})

test('where the disk takes no more, a block is kept without those being dropped that are too many, until it does again', async () => {
  const full = new (class extends MemoryStore {
    isFull = false
    override async write(changes: StoreChanges): Promise<void> {
      const isRemoval = Array.isArray(changes) && changes.every(({ value }) => value === undefined)
      if (this.isFull && isRemoval) throw new StoreUnwritable('no space left on device')
      await super.write(changes)
    }
  })()
  side = await SideBlocks.open(full, DEV_RULES, 4.5 * SIZE)
  full.isFull = true
  await keep(branches[0])
  await keep(branches[1].slice(0, 2))
  expect([kept(branches[0]), kept(branches[1])]).toEqual([4, 2])
  expect((await SideBlocks.open(full, DEV_RULES)).size).toBe(6)
  full.isFull = false
  await keep(branches[2].slice(0, 1))
  expect([kept(branches[0]), kept(branches[1]), kept(branches[2])]).toEqual([4, 0, 0])
})
