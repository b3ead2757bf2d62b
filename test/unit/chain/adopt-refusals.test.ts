import { beforeEach, describe, expect, test } from 'vitest'
import { openToyDesk } from '../../support/toy-desk.js'
import { toyBlock, toyChain, UNCONNECTABLE } from '../../support/toy-rules.js'

type Desk = Awaited<ReturnType<typeof openToyDesk>>
let { store, desk, ours, fork } = {} as Desk

beforeEach(async () => {
  ;({ store, desk, ours, fork } = await openToyDesk())
})

describe('a branch is not adopted', () => {
  async function expectUnchanged(before: string[]): Promise<void> {
    expect(await store.contents()).toEqual(before)
    expect(await desk.hashes()).toEqual(ours.map(({ hash }) => hash))
  }

  test('not-heavier: of equal weight the first seen stays', async () => {
    const before = await store.contents()
    expect(await desk.offer(fork(2, {}, {}))).toBe('not-heavier')
    expect(await desk.offer(ours)).toBe('not-heavier')
    expect(await desk.offer(ours.slice(0, 3))).toBe('not-heavier')
    expect(await desk.offer([])).toBe('not-heavier')
    await expectUnchanged(before)
  })

  test('not-heavier: ours grew meanwhile', async () => {
    const branch = desk.chain.stage()
    await branch.add(fork(4, { weight: 2 }))
    await desk.extend(toyChain(ours.at(-1), { weight: 2 }))
    expect(await desk.adopt(branch)).toBe('not-heavier')
  })

  test('fork-is-gone: the block it builds on was replaced meanwhile', async () => {
    const branch = desk.chain.stage()
    await branch.add(fork(3, { weight: 50 }))
    expect(branch.fork).toEqual({ height: 3, hash: ours[2]!.hash, weight: 3n })
    const other = fork(2, { weight: 5 }, {})
    expect(await desk.offer(other)).toBeUndefined()
    expect(await desk.adopt(branch)).toBe('fork-is-gone')
    await branch.discard()
    expect(await desk.hashes()).toEqual(other.map(({ hash }) => hash))
  })

  test('fork-is-gone: the chain became too short for it', async () => {
    const branch = desk.chain.stage()
    await branch.add(fork(4, { weight: 50 }))
    expect(await desk.offer(fork(1, { weight: 20 }))).toBeUndefined()
    expect(await desk.adopt(branch)).toBe('fork-is-gone')
  })

  test('fork-is-gone: the block it builds on came with a branch that was begun after it', async () => {
    const early = desk.chain.stage()
    await early.add(ours)
    const theirs = fork(4, { weight: 5 }, {})
    expect(await desk.offer(theirs)).toBeUndefined()
    await early.add([...theirs.slice(4), ...toyChain(theirs.at(-1), { weight: 9 })])
    expect(early.fork.height).toBe(6)
    expect(await desk.adopt(early)).toBe('fork-is-gone')
    expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
  })

  test('a fork that ours only grew above is not gone', async () => {
    const branch = desk.chain.stage()
    const theirs = fork(3, { weight: 50 })
    await branch.add(theirs)
    await desk.extend(toyChain(ours.at(-1), { sets: [['a', 'grown']] }))
    expect(await desk.adopt(branch)).toBeUndefined()
    expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
    expect((await desk.chain.balance('a')).amount).toBe('3')
  })

  test('bad-previous-hash: a block in it is refused, and named by its height', async () => {
    const before = await store.contents()
    const [five, six] = toyChain(ours.at(-1), {}, {})
    expect(await desk.offer([...ours, five!, toyBlock({ parent: '00', weight: 99 }), six!])).toMatchObject({
      height: 6,
      refusal: { code: 'bad-previous-hash' },
    })
    await expectUnchanged(before)
  })

  test('what came before the refused block is kept', async () => {
    const branch = desk.chain.stage()
    await branch.add([...ours, ...toyChain(ours.at(-1), { weight: 3 }), toyBlock({ parent: '00' })])
    expect([branch.height, branch.weight]).toEqual([5, 7n])
  })

  test('bad-amount: a block that the ledger does not take, found while connecting', async () => {
    const before = await store.contents()
    const theirs = fork(2, { sets: [['a', 'x']] }, { sets: [['a', UNCONNECTABLE]] }, { weight: 9 })
    expect(await desk.offer(theirs)).toMatchObject({ height: 4, refusal: { code: 'bad-amount' } })
    await expectUnchanged(before)
  })

  test('a full disk: the chain of before stays, and the branch can be adopted later', async () => {
    const branch = desk.chain.stage()
    const theirs = fork(2, { weight: 9 })
    await branch.add(theirs)
    await branch.flush()
    const before = await store.contents()
    store.isFull = true
    await expect(desk.adopt(branch)).rejects.toThrow('no space left')
    await expectUnchanged(before)
    store.isFull = false
    expect(await desk.adopt(branch)).toBeUndefined()
    expect(await desk.hashes()).toEqual(theirs.map(({ hash }) => hash))
  })
})
