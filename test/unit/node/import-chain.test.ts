import { expect, test } from 'vitest'
import type { StoreChanges } from '../../../src/chain/store.js'
import { utf8 } from '../../../src/primitives/bytes.js'
import { StoreUnwritable } from '../../../src/primitives/errors.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { buildChain, dumps, hashOf } from '../../support/chains.js'
import { hashesOf, openIdleNode, QUICK } from '../../support/test-node.js'

/** 300 kB in each block: what is gathered of them is written several times while they are read. */
const LARGE = 300_000
const ours = buildChain({ length: 3, zeros: 2, time: 1_500_000_000 })
const theirs = buildChain({
  length: 8,
  zeros: 2,
  transactions: (index) => [{ sender: 'a', recipient: String(index).repeat(LARGE), amount: 1 }],
})

/** Takes all batches but one. */
class OnceFullStore extends MemoryStore {
  refused = Number.POSITIVE_INFINITY
  writes = 0

  override async write(changes: StoreChanges): Promise<void> {
    if (this.writes++ === this.refused) throw new StoreUnwritable('no space left on device')
    await super.write(changes)
  }
}

async function* pages(chain: typeof ours): AsyncGenerator<Uint8Array[]> {
  for (const block of chain) yield [utf8(dumps(block))]
}

/** Imports a chain into a node of three blocks, one of whose writes fails; then opens its store again. */
async function importWith(refused: number) {
  const store = new OnceFullStore()
  const options = { name: 'a file', onProgress: () => {}, signal: new AbortController().signal }
  const node = await openIdleNode(QUICK, store, true)
  await node.importChain(pages(ours), options)
  store.writes = 0
  store.refused = refused
  const outcome = await node.importChain(pages(theirs), options).then(
    () => 'imported' as const,
    (error: { code: string }) => error.code,
  )
  const before = await hashesOf(node)
  await node.stop()
  const again = await openIdleNode(QUICK, store, false)
  const after = { hashes: await hashesOf(again), fault: await again.verify(() => {}) }
  await again.stop()
  return { outcome, before, after, writes: store.writes }
}

test('whichever write a disk does not take: the chain is whole, ours or the first blocks of theirs, and the failure is told', async () => {
  const { writes, outcome } = await importWith(Number.POSITIVE_INFINITY)
  expect(outcome).toBe('imported')
  expect(writes).toBeGreaterThan(3)
  const heavier = theirs.map((_, i) => theirs.slice(0, i + 1).map(hashOf)).slice(ours.length)
  for (let refused = 0; refused < writes; refused++) {
    const { outcome, before, after } = await importWith(refused)
    expect([refused, outcome]).toEqual([refused, 'cannot-write'])
    expect([ours.map(hashOf), ...heavier]).toContainEqual(before)
    expect(after).toEqual({ hashes: before, fault: undefined })
  }
})
