import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlacedTransaction } from '../../src/chain/transaction-index.js'
import { textOf } from '../../src/primitives/bytes.js'
import { MemoryStore } from '../../src/storage/memory-store.js'
import { ChainDesk } from '../support/chain-desk.js'
import { firstOf } from '../support/first-of.js'
import { MemoryLedger } from '../support/memory-ledger.js'
import { openLevelDb } from '../support/stores.js'
import { TOY, type ToyBlock, type ToyContents, toyChain } from '../support/toy-rules.js'

const KEYS = ['a', 'b', 'c', 'genesis']

const ADDRESSES = ['p', 'q', 'r']

const contents: fc.Arbitrary<Partial<ToyContents>> = fc.record({
  weight: fc.integer({ min: 1, max: 4 }),
  // A key may be set twice in one block: the undo has to be undone in reverse.
  sets: fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(fc.nat({ max: 9 }).map(String), { nil: null })), {
    maxLength: 4,
  }),
  transactions: fc.array(
    fc.tuple(fc.constantFrom(...ADDRESSES), fc.constantFrom(...ADDRESSES)).map((pair) => pair.join(' ')),
    {
      maxLength: 3,
    },
  ),
})

/** Others' blocks on one of ours; `fork` 0 shares none. */
interface Fork {
  readonly fork: number
  readonly blocks: Partial<ToyContents>[]
  readonly chunk: number
  readonly reopen: boolean
}

const forks: fc.Arbitrary<Fork[]> = fc.array(
  fc.record({
    fork: fc.nat(),
    blocks: fc.array(contents, { minLength: 1, maxLength: 8 }),
    chunk: fc.integer({ min: 1, max: 9 }),
    reopen: fc.boolean(),
  }),
  { maxLength: 12 },
)

/** The ledger as it is after the blocks, with nothing ever taken back. */
function replay(blocks: readonly ToyBlock[]): [string, string][] {
  const ledger = new MemoryLedger()
  for (const block of blocks) TOY.connectBlock(block, ledger)
  return ledger.contents()
}

async function ledgerOf(desk: ChainDesk<ToyBlock>): Promise<[string, string][]> {
  const found: [string, string][] = []
  for await (const page of desk.store.entries({ from: Uint8Array.of(0x4c), to: Uint8Array.of(0x4d) })) {
    for (const [key, value] of page) found.push([textOf(key.subarray(1)), textOf(value)])
  }
  return found.sort()
}

/** Who is named at which height and position, the last one first, by reading all blocks. */
function scan(blocks: readonly ToyBlock[]): Record<string, string[]> {
  const places: Record<string, string[]> = Object.fromEntries(ADDRESSES.map((address) => [address, []]))
  blocks.forEach(({ transactions }, i) => {
    transactions.forEach((text, position) => {
      for (const address of new Set(text.split(' '))) places[address]!.unshift(`${i + 1}.${position} ${text}`)
    })
  })
  return places
}

/** The same out of the index, in pages of two. */
async function historiesOf(desk: ChainDesk<ToyBlock>): Promise<Record<string, string[]>> {
  const { transactions, close } = await desk.chain.snapshot()
  const places: Record<string, string[]> = {}
  for (const address of ADDRESSES) {
    const found: PlacedTransaction[] = []
    for (;;) {
      const page = await firstOf(transactions.ofAddress(address, found.at(-1)), 2)
      found.push(...page)
      if (page.length < 2) break
    }
    places[address] = found.map(({ height, position, encoded }) => `${height}.${position} ${textOf(encoded)}`)
  }
  await close()
  return places
}

function weightOf(blocks: readonly ToyBlock[]): number {
  return blocks.reduce((sum, { weight }) => sum + weight, 0)
}

describe('rules whose blocks can only be taken back with undo data', () => {
  async function follow(forks: readonly Fork[], first: ChainDesk<ToyBlock>): Promise<void> {
    let desk = first
    let model = [desk.chain.tip.block]
    for (const { fork, blocks, chunk, reopen } of forks) {
      const shared = model.slice(0, fork % (model.length + 1))
      const offered = [...shared, ...toyChain(shared.at(-1), ...blocks)]
      const isHeavier = weightOf(offered) > weightOf(model)
      expect(await desk.offer(offered, chunk)).toBe(isHeavier ? undefined : 'not-heavier')
      if (isHeavier) model = offered
      if (reopen) desk = await ChainDesk.open(desk.store, TOY)
      expect(await desk.hashes()).toEqual(model.map(({ hash }) => hash))
      expect(desk.chain.tip.weight).toBe(BigInt(weightOf(model)))
      expect(await ledgerOf(desk)).toEqual(replay(model))
      expect(await historiesOf(desk)).toEqual(scan(model))
    }
  }

  test('random forks: the ledger equals a naive replay of the active chain', async () => {
    await fc.assert(
      fc.asyncProperty(forks, async (some) => follow(some, await ChainDesk.open(new MemoryStore(), TOY))),
      { numRuns: 250 },
    )
  })

  test('in LevelDB as well', async () => {
    const store = await openLevelDb()
    // Each run goes on where the one before ended.
    await fc.assert(
      fc.asyncProperty(forks, async (some) => {
        const desk = await ChainDesk.open(store, TOY)
        const wipe = toyChain(undefined, { weight: Number(desk.chain.tip.weight) + 1 })
        expect(await desk.offer(wipe)).toBeUndefined()
        await follow(some, desk)
      }),
      { numRuns: 15, endOnFailure: true },
    )
  })
})
