import { describe, expect, test } from 'vitest'
import { ChainDesk } from '../../support/chain-desk.js'
import { STORES } from '../../support/stores.js'
import { TOY, toyChain } from '../../support/toy-rules.js'

describe.each(STORES)('a snapshot of a chain in a %s', (_name, open) => {
  test('does not see a switch: neither before reading nor in the middle of it', async () => {
    const desk = await ChainDesk.open(await open(), TOY)
    const genesis = desk.chain.tip.block
    const ours = toyChain(genesis, ...Array.from({ length: 40 }, () => ({})))
    await desk.extend(ours)
    const { height, reader, close } = await desk.chain.snapshot()
    const pages = reader.blocks(1, height + 1)
    const seen = (await pages.next()).value!.map(({ block }: { block: { hash: string } }) => block.hash)

    const theirs = [genesis, ...toyChain(genesis, { weight: 100 }, {})]
    expect(await desk.offer(theirs)).toBeUndefined()
    for await (const page of pages) seen.push(...page.map(({ block }) => block.hash))
    expect(seen).toEqual([genesis, ...ours].map(({ hash }) => hash))
    expect((await reader.blockAt(41))!.block.hash).toBe(ours.at(-1)!.hash)
    expect(await reader.heightsWith(theirs[1]!.hash, 2)).toEqual([])
    await close()

    const after = await desk.chain.snapshot()
    expect(after.height).toBe(3)
    expect(await after.reader.heightsWith(theirs[1]!.hash, 2)).toEqual([2])
    await after.close()
  })

  test('taken at any moment of a switch ends where its blocks end', async () => {
    const desk = await ChainDesk.open(await open(), TOY)
    const genesis = desk.chain.tip.block
    await desk.extend(toyChain(genesis, ...Array.from({ length: 20 }, () => ({}))))
    // Heavier and shorter each time, so that a tip from before would point behind the last block.
    const offers = Array.from({ length: 15 }, (_, i) => [
      genesis,
      ...toyChain(genesis, { weight: 100 * (i + 1) }, ...Array.from({ length: 15 - i }, () => ({}))),
    ])
    let isOver = false
    const switching = (async () => {
      for (const blocks of offers) expect(await desk.offer(blocks)).toBeUndefined()
    })().finally(() => {
      isOver = true
    })
    while (!isOver) {
      const { height, reader, close } = await desk.chain.snapshot()
      expect(await reader.activeAt(height)).toBeDefined()
      expect(await reader.activeAt(height + 1)).toBeUndefined()
      await close()
    }
    await switching
  })
})
