import { describe, expect, test } from 'vitest'
import { ChainDesk } from '../../support/chain-desk.js'
import { STORES } from '../../support/stores.js'
import { decode, EASY, easyChain, encoded, pay, textsOf } from '../../support/tutorial.js'

describe.each(STORES)('chains of the tutorial in a %s', (_name, open) => {
  test('a longer chain with another genesis replaces ours, and our payments are pending again', async () => {
    const desk = await ChainDesk.open(await open(), EASY, { now: 1_600_000_001.5 })
    const ours = easyChain({
      length: 4,
      transactions: (index) => (index === 1 ? [] : [pay('a', 'b', index), pay('0', 'me', 1)]),
    })
    expect(decode(ours[0]!).hash).toBe(desk.chain.tip.block.hash)
    await desk.extend(ours.slice(1).map(decode), true)
    expect(await desk.chain.balance('me')).toMatchObject({ amount: '3', uncounted: 0 })

    const theirs = easyChain({ length: 5, time: 1_700_000_000, transactions: () => [pay('c', 'd', 7)] })
    expect(await desk.offer(theirs.map(decode))).toBeUndefined()
    expect(await desk.chain.balance('me')).toMatchObject({ amount: '0', uncounted: 0 })
    expect(await desk.chain.balance('d')).toMatchObject({ amount: '35', uncounted: 0 })
    expect(textsOf(desk.mempool.first(10))).toEqual(
      [2, 3, 4].map((amount) => textsOf([encoded(pay('a', 'b', amount))])[0]),
    )
  })

  test('a chain that is a suffix of ours, its block 1 our block 5, is adopted and nothing is lost', async () => {
    const store = await open()
    const desk = await ChainDesk.open(store, EASY, { now: 1_600_000_001.5 })
    const ours = easyChain({ length: 6, transactions: (index) => (index === 1 ? [] : [pay('a', 'b', index)]) })
    await desk.extend(ours.slice(1).map(decode))

    // Nothing checks a first block, and so a chain may begin in the middle of another.
    const grown = easyChain({ length: 12, from: ours, transactions: () => [pay('c', 'd', 1)] })
    const suffix = grown.slice(4).map(decode)
    expect(suffix).toHaveLength(8)
    expect(await desk.offer(suffix, 3)).toBeUndefined()
    const hashes = suffix.map(({ hash }) => hash)
    for (const chain of [desk, await ChainDesk.open(store, EASY)]) {
      expect(await chain.hashes()).toEqual(hashes)
      for (const [i, hash] of hashes.entries()) expect(await chain.chain.reader.heightsWith(hash, 2)).toEqual([i + 1])
      expect(await chain.chain.balance('b')).toMatchObject({ amount: '11', uncounted: 0 })
      // Blocks 2 to 4 are no longer in the chain, blocks 5 and 6 still are.
      expect(textsOf(chain.mempool.first(10))).toEqual(
        [2, 3, 4].map((amount) => textsOf([encoded(pay('a', 'b', amount))])[0]),
      )
    }

    // And back: the whole of it is longer again.
    expect(await desk.offer(grown.map(decode))).toBeUndefined()
    expect(await desk.hashes()).toEqual(grown.map((block) => decode(block).hash))
    expect(await desk.chain.balance('b')).toMatchObject({ amount: '20', uncounted: 0 })
    expect(desk.mempool.size).toBe(0)
  })

  test('equally long is not longer: the first seen stays', async () => {
    const desk = await ChainDesk.open(await open(), EASY)
    expect(await desk.offer(easyChain({ length: 3, time: 1 }).map(decode))).toBeUndefined()
    expect(await desk.offer(easyChain({ length: 3, time: 2 }).map(decode))).toBe('not-heavier')
    expect(await desk.offer(easyChain({ length: 4, time: 2 }).map(decode))).toBeUndefined()
  })

  test('bad-proof: a longer chain with one wrong proof in it is refused at that block', async () => {
    const desk = await ChainDesk.open(await open(), EASY)
    const theirs = easyChain({ length: 5 })
    const forged = [...theirs.slice(0, 2), { ...theirs[2]!, proof: theirs[2]!.proof + 1 }]
    const offered = easyChain({ length: 6, from: forged }).map(decode)
    expect(await desk.offer(offered)).toMatchObject({ height: 3, refusal: { code: 'bad-proof' } })
    expect(desk.chain.tip.height).toBe(1)
  })
})
