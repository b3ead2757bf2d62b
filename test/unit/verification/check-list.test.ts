import { expect, test } from 'vitest'
import { CheckList } from '../../../src/verification/check-list.js'
import type { FoundFault } from '../../../src/verification/first-fault.js'

const NOTHING = new Uint8Array()
const CHECK = { publicKey: NOTHING, message: NOTHING, signature: NOTHING }

function listOf(count: number): CheckList {
  return new CheckList(Array(count).fill(CHECK), 10)
}

function faultAt(index: number): FoundFault {
  return { index, fault: 'bad-signature' }
}

/** Whether its answer is there. */
async function isSettled({ firstFault }: CheckList): Promise<boolean> {
  return (await Promise.race([firstFault, Promise.resolve('not yet')])) !== 'not yet'
}

test('batches cover the list, in order', () => {
  const list = listOf(25)
  expect([list.take(), list.take(), list.take()]).toEqual([
    { from: 0, to: 10 },
    { from: 10, to: 20 },
    { from: 20, to: 25 },
  ])
  expect(list.hasNext).toBe(false)
})

test('it answers when the last batch is reported, whichever that is', async () => {
  const list = listOf(30)
  const [first, second, third] = [list.take(), list.take(), list.take()]
  list.report(second, undefined)
  list.report(third, undefined)
  expect(await isSettled(list)).toBe(false)
  list.report(first, undefined)
  expect(await list.firstFault).toBeUndefined()
})

test('a fault waits for the batches before it, and not for those behind it', async () => {
  const list = listOf(40)
  const [first, second, third] = [list.take(), list.take(), list.take()]
  list.take()
  list.report(third, faultAt(25))
  expect(await isSettled(list)).toBe(false)
  list.report(first, undefined)
  expect(await isSettled(list)).toBe(false)
  list.report(second, undefined)
  expect(await list.firstFault).toEqual(faultAt(25))
})

test('of several faults it is the first of the list, in whichever order they are found', async () => {
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    const list = listOf(30)
    const batches = [list.take(), list.take(), list.take()]
    for (const place of order) list.report(batches[place]!, place === 0 ? undefined : faultAt(10 * place + 5))
    expect(await list.firstFault).toEqual(faultAt(15))
  }
})

test('behind a fault no batch is given out', () => {
  const list = listOf(1000)
  const [first] = [list.take(), list.take()]
  expect(list.hasNext).toBe(true)
  list.report(first, faultAt(3))
  expect(list.hasNext).toBe(false)
})

test('a check that throws is nobody’s fault', async () => {
  const list = listOf(30)
  list.take()
  list.fail(new TypeError('a bug'))
  expect(list.hasNext).toBe(false)
  await expect(list.firstFault).rejects.toThrow('a bug')
})
