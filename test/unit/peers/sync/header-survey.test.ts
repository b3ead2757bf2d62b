import { expect, test } from 'vitest'
import { HashList } from '../../../../src/peers/sync/hash-list.js'
import { HeaderBranch } from '../../../../src/peers/sync/header-branch.js'
import { HeaderRoom } from '../../../../src/peers/sync/header-room.js'
import { HeaderSurvey, type Holder } from '../../../../src/peers/sync/header-survey.js'
import type { Peer } from '../../../../src/peers/sync/peer.js'

const hash = (chain: number, height: number): string => `${chain}`.padEnd(32, '0') + `${height}`.padStart(32, '0')

/** A branch behind block 10, each block of which has work 1; from `apart` on its blocks are those of another chain. */
function branchOf(count: number, { apart = 0, chain = 1, fork = 10 } = {}): HeaderBranch {
  const branch = new HeaderBranch({ height: fork, hash: hash(0, fork) }, BigInt(fork))
  for (let i = 1; i <= count; i++) branch.add(hash(i > apart ? chain : 1, fork + i), BigInt(i))
  return branch
}

function holder(address: string, branch: HeaderBranch, upTo = branch.end): Holder {
  return { peer: { address } as Peer, branch, upTo, length: upTo, rest: undefined }
}

const sources = (survey: HeaderSurvey, branch: HeaderBranch): [string, number][] =>
  survey.sourcesOf(branch).map(({ peer, upTo }) => [peer.address, upTo])

test('a list of hashes gives back what was put in, and no more', () => {
  const list = new HashList()
  const hashes = Array.from({ length: 1_000 }, (_, i) => hash(7, i))
  for (const each of hashes) list.push(each)
  expect(Array.from({ length: 1_001 }, (_, i) => list.at(i))).toEqual([...hashes, undefined])
  list.truncate(3)
  expect([list.length, list.at(2), list.at(3)]).toEqual([3, hashes[2], undefined])
})

test.each([
  [5, 5, 0, 0],
  [5, 5, 3, 3],
  [5, 9, 5, 5],
  [100, 70, 33, 33],
  [100, 1_000, 99, 99],
])('branches of %i and %i blocks that part behind %i share so many', (one, other, apart, shared) => {
  const [first, second] = [branchOf(one), branchOf(other, { apart, chain: 2 })]
  expect([first.sharedWith(second), second.sharedWith(first)]).toEqual([shared, shared])
})

test('branches that leave our chain at different blocks share nothing', () => {
  expect(branchOf(5).sharedWith(branchOf(5, { fork: 11 }))).toBe(0)
})

test('a branch that is part of another one is kept once, whichever came first', () => {
  const lengths = [20, 30, 30, 25, 40]
  const survey = new HeaderSurvey(1e6)
  for (const [i, length] of lengths.entries()) {
    const branch = branchOf(length)
    survey.room.enter(branch)
    survey.add(holder(`p${i}`, branch))
    expect(survey.branchesAbove(10n)).toBe(1)
  }
  const best = survey.heaviestAbove(10n)!
  expect([best.end, best.weight]).toEqual([50, 50n])
  expect(sources(survey, best)).toEqual([
    ['p0', 30],
    ['p1', 40],
    ['p2', 40],
    ['p3', 35],
    ['p4', 50],
  ])
})

test('who is on another branch has the blocks before it', () => {
  const survey = new HeaderSurvey(1e6)
  const [main, other, apart] = [branchOf(20), branchOf(15, { apart: 12, chain: 2 }), branchOf(9, { chain: 3 })]
  for (const [i, branch] of [main, other, apart].entries()) survey.add(holder(`p${i}`, branch))
  expect(survey.branchesAbove(0n)).toBe(3)
  expect(sources(survey, main)).toEqual([
    ['p0', 30],
    ['p1', 22],
  ])
  survey.remove(main)
  expect(survey.heaviestAbove(0n)).toBe(other)
  expect(survey.heaviestAbove(25n)).toBeUndefined()
})

test('of a branch whose end is not valid, what comes before stays', () => {
  const survey = new HeaderSurvey(1e6)
  const branch = branchOf(20)
  survey.add(holder('p0', branch))
  survey.add(holder('p1', branch, 15))
  branch.cutTo(17)
  expect(sources(survey, branch)).toEqual([
    ['p0', 17],
    ['p1', 15],
  ])
})

test('where headers become too many, the branch of the least work goes, be it read or being read', () => {
  const room = new HeaderRoom(3 * 4_096)
  const [light, heavy, growing] = [branchOf(100), branchOf(110, { chain: 2 }), branchOf(90, { chain: 3 })]
  for (const branch of [light, heavy, growing]) room.enter(branch)
  expect(room.makeRoom()).toBe(true)
  expect([light, heavy, growing].map(({ isDropped }) => isDropped)).toEqual([false, false, false])
  for (let i = 91; i <= 140; i++) growing.add(hash(3, 10 + i), BigInt(i))
  expect(room.makeRoom()).toBe(true)
  expect([light, heavy, growing].map(({ isDropped }) => isDropped)).toEqual([true, false, false])
  expect([light.count, light.weight]).toEqual([0, 10n])
})

test('one that is alone and too large is told to stop, and stays', () => {
  const room = new HeaderRoom(4_096)
  const branch = branchOf(200)
  room.enter(branch)
  expect([room.makeRoom(), branch.isDropped, branch.count]).toEqual([false, false, 200])
})

test('a branch that was dropped is followed no more, and gives no blocks', () => {
  const survey = new HeaderSurvey(2_048)
  const [light, heavy] = [branchOf(30), branchOf(60, { chain: 2 })]
  for (const [i, branch] of [light, heavy].entries()) {
    survey.room.enter(branch)
    survey.add(holder(`p${i}`, branch))
  }
  expect(survey.room.makeRoom()).toBe(true)
  expect([light.isDropped, heavy.isDropped]).toEqual([true, false])
  survey.add(holder('p2', light))
  expect(sources(survey, heavy)).toEqual([['p1', 70]])
  expect(survey.branchesAbove(0n)).toBe(1)
})
