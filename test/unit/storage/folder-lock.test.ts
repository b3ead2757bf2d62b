import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockedBy } from '../../../src/storage/folder-lock.js'
import { temporaryFolder } from '../../support/test-node.js'

/** What several processes do to the same files, one after the other. */

test('one works at a time, whoever fails lets the next one in, and what each gives is given on', async () => {
  const folder = join(await temporaryFolder(), 'lock')
  let working = 0
  const work = (i: number) => async () => {
    expect(++working).toBe(1)
    await new Promise(setImmediate)
    working--
    if (i === 2) throw new Error('it fails')
    return i
  }
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((i) => lockedBy(folder, work(i))))
  expect(outcomes.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message))).toEqual([
    1,
    'it fails',
    3,
    4,
  ])
})

test('a lock that a power cut has damaged is made anew: it holds nothing', async () => {
  const folder = join(await temporaryFolder(), 'lock')
  await lockedBy(folder, async () => {})
  writeFileSync(join(folder, 'CURRENT'), '')
  expect(await lockedBy(folder, async () => 'done')).toBe('done')
})
