import { expect, test } from 'vitest'
import { Patience } from '../../../src/cli/nodes/patience.js'
import { StoreLocked } from '../../../src/primitives/errors.js'

const holder = (pid: number) => ({ pid, command: 'mine', identity: 'a', url: undefined })
const ignore = (): void => {}

test('StoreLocked: one that holds the home for too long is named', async () => {
  const patience = new Patience({ name: '5000', note: ignore, holdMs: 0 })
  await expect(patience.wait(holder(7))).rejects.toThrow(
    new StoreLocked('the node 5000 is held by `chain mine` (process 7)'),
  )
})

test('so is one of which nothing is known', async () => {
  const patience = new Patience({ name: 'alice', note: ignore, holdMs: 0 })
  await expect(patience.wait(undefined)).rejects.toThrow('the node alice is held by another process')
})

test('as long as others come and go nobody is given up, however long it takes', async () => {
  // Shorter than the pause between two looks: one that is met twice has held it for too long.
  const patience = new Patience({ name: '5000', note: ignore, holdMs: 10 })
  for (const pid of [1, 2, 3, 4]) await patience.wait(holder(pid))
  await patience.wait(undefined)
  await patience.wait(holder(1))
  await expect(patience.wait(holder(1))).rejects.toThrow(StoreLocked)
})

test('ends with the signal, and its reason', async () => {
  const signal = AbortSignal.abort('enough')
  await expect(new Patience({ name: '5000', note: ignore, signal }).wait(holder(7))).rejects.toBe('enough')
})
