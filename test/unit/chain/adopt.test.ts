import { beforeEach, describe, expect, test } from 'vitest'
import { textOf } from '../../../src/primitives/bytes.js'
import { ChainDesk } from '../../support/chain-desk.js'
import { sha256 } from '../../support/chains.js'
import { FullableStore } from '../../support/stores.js'
import { openToyDesk } from '../../support/toy-desk.js'
import { TOY, toyBlock, toyChain } from '../../support/toy-rules.js'

type Desk = Awaited<ReturnType<typeof openToyDesk>>
let { store, desk, genesis, ours, fork } = {} as Desk

beforeEach(async () => {
  ;({ store, desk, genesis, ours, fork } = await openToyDesk())
})

describe('a heavier branch becomes the active chain', () => {
  test.each([1, 2, 3, 4])('from block %i on', async (height) => {
    const theirs = fork(
      height,
      {
        sets: [
          ['a', 'x'],
          ['c', 'x'],
        ],
      },
      { weight: 5, sets: [['c', 'y']] },
    )
    expect(await desk.offer(theirs)).toBeUndefined()
    expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
    expect(desk.chain.tip).toEqual({ height: height + 2, weight: BigInt(height + 6), block: theirs.at(-1) })
    expect((await desk.chain.balance('a')).amount).toBe('x')
    expect((await desk.chain.balance('b')).amount).toBe(height >= 3 ? '3' : 'nothing')
    expect((await desk.chain.balance('c')).amount).toBe('y')
    for (const { hash } of ours.slice(height)) expect(await desk.chain.reader.heightsWith(hash, 2)).toEqual([])
    for (const [i, { hash }] of theirs.entries()) expect(await desk.chain.reader.heightsWith(hash, 2)).toEqual([i + 1])
  })

  test('with a first block of its own', async () => {
    const theirs = toyChain(undefined, { weight: 9, sets: [['d', '1']] })
    expect(await desk.offer(theirs)).toBeUndefined()
    expect(await desk.hashes()).toEqual([theirs[0]!.hash])
    expect((await desk.chain.balance('genesis')).amount).toBe('nothing')
    expect((await desk.chain.balance('d')).amount).toBe('1')
  })

  test('also when it is shorter: weight counts, not length', async () => {
    const theirs = fork(1, { weight: 10 })
    expect(await desk.offer(theirs)).toBeUndefined()
    expect(desk.chain.tip.height).toBe(2)
    expect(await desk.chain.reader.blockAt(3)).toBeUndefined()
    expect((await desk.chain.balance('b')).amount).toBe('nothing')
  })

  test('in one batch, and leaves nothing of the old blocks behind', async () => {
    const theirs = fork(1, { weight: 10, sets: [['a', 'x']] })
    const branch = desk.chain.stage()
    await branch.add(theirs)
    await branch.flush()
    const writes = store.writes
    expect(await desk.adopt(branch)).toBeUndefined()
    expect(store.writes).toBe(writes + 1)

    // Only the branch's number tells it from a chain that was never another.
    const fresh = new FullableStore()
    const other = await ChainDesk.open(fresh, TOY)
    expect(await other.offer(theirs)).toBeUndefined()
    expect(await store.contents()).toEqual(await fresh.contents())
  })

  test('and can be appended to, and replaced again', async () => {
    const theirs = fork(2, { weight: 5 })
    expect(await desk.offer(theirs)).toBeUndefined()
    const next = toyBlock({ parent: theirs.at(-1)!.hash, sets: [['a', 'next']] })
    expect(await desk.append(next)).toBeUndefined()
    const third = [...theirs, ...toyChain(theirs.at(-1), { sets: [['a', 'third']] }, {}, {})]
    expect(await desk.offer(third)).toBeUndefined()
    expect(await desk.hashes()).toEqual(third.map(({ hash }) => hash))
    expect((await desk.chain.balance('a')).amount).toBe('third')
  })

  test('however it arrives: in chunks of any size', async () => {
    const theirs = fork(2, ...Array.from({ length: 20 }, (_, i) => ({ sets: [['n', String(i)]] as const })))
    for (const chunk of [1, 2, 3, 7]) {
      const fresh = await ChainDesk.open(new FullableStore(), TOY)
      await fresh.extend(ours.slice(1))
      expect(await fresh.offer(theirs, chunk)).toBeUndefined()
      expect(await fresh.hashes()).toEqual(theirs.map(({ hash }) => hash))
      expect((await fresh.chain.balance('n')).amount).toBe('19')
    }
  })

  test('across pages: 600 blocks against 700, with a mebibyte of contents', async () => {
    const long = (name: string, count: number) =>
      toyChain(
        genesis,
        ...Array.from({ length: count }, (_, i) => ({ sets: [[`${name}${i % 7}`, 'x'.repeat(2_000) + i]] as const })),
      )
    const [first, second] = [long('a', 600), long('b', 700)]
    const fresh = await ChainDesk.open(new FullableStore(), TOY)
    expect(await fresh.offer([genesis, ...first])).toBeUndefined()
    expect(await fresh.offer([genesis, ...second], 50)).toBeUndefined()
    expect(await fresh.hashes()).toEqual([genesis, ...second].map(({ hash }) => hash))
    for (let i = 0; i < 7; i++) expect((await fresh.chain.balance(`a${i}`)).amount).toBe('nothing')
    expect((await fresh.chain.balance('b6')).amount).toBe(`${'x'.repeat(2_000)}699`)
  })

  test('tells which transactions are confirmed and abandoned, those of our own miner apart', async () => {
    const fresh = await ChainDesk.open(new FullableStore(), TOY)
    const [two, three, four] = toyChain(
      genesis,
      { transactions: ['o2', 'x'] },
      { transactions: ['m3', 'm3'] },
      { transactions: ['o4'] },
    )
    await fresh.extend([two!])
    await fresh.extend([three!], true)
    await fresh.extend([four!])
    expect(
      await fresh.offer([genesis, ...toyChain(genesis, { weight: 9, transactions: ['x', 'y', 'x'] })]),
    ).toBeUndefined()
    const { confirmed, abandoned } = fresh.lastChange!
    expect([...confirmed]).toEqual([
      [sha256('x'), 2],
      [sha256('y'), 1],
    ])
    expect(abandoned.mined.map(({ encoded }) => textOf(encoded))).toEqual(['m3', 'm3'])
    expect(abandoned.others.map(({ encoded }) => textOf(encoded))).toEqual(['o2', 'x', 'o4'])
  })
})

test('one that is active is not discarded any more, whatever became of what was to follow', async () => {
  const theirs = fork(2, { weight: 6, sets: [['a', 'x']] }, {})
  const branch = desk.chain.stage()
  await branch.add(theirs)
  expect(await desk.adopt(branch)).toBeUndefined()
  await branch.discard()
  expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
})

describe('several branches at once', () => {
  test('do not disturb each other, and the rest leaves no trace', async () => {
    const [one, two, three] = [desk.chain.stage(), desk.chain.stage(), desk.chain.stage()]
    const chains = [fork(2, { weight: 6 }, {}), fork(3, { weight: 9 }, {}), fork(1, { weight: 7 })]
    for (const [i, branch] of [one, two, three].entries()) {
      for (const block of chains[i]!) await branch.add([block])
      await branch.flush()
    }
    expect(await desk.adopt(two)).toBeUndefined()
    await one.discard()
    await three.discard()
    expect(await desk.hashes()).toEqual(chains[1]!.map(({ hash }) => hash))
    const staged = (await store.contents()).filter((line) => line.startsWith(Buffer.from('S').toString('hex')))
    const stored = (await store.contents()).filter((line) => line.startsWith(Buffer.from('B').toString('hex')))
    expect(staged).toEqual([])
    expect(stored).toHaveLength(5)
  })

  test('one whose blocks another made active meanwhile is adopted whole, and leaves no copies', async () => {
    const theirs = fork(2, { weight: 3 }, { weight: 3 }, { weight: 3, sets: [['a', 'x']] })
    const branch = desk.chain.stage()
    await branch.add(theirs.slice(0, 3))
    expect(await desk.offer(theirs.slice(0, 4))).toBeUndefined()
    await branch.add(theirs.slice(3))
    expect(await desk.adopt(branch)).toBeUndefined()
    expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
    expect((await desk.chain.balance('a')).amount).toBe('x')
    const stored = (await store.contents()).filter((line) => line.startsWith(Buffer.from('B').toString('hex')))
    expect(stored).toHaveLength(5)
  })
})
