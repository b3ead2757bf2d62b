import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import type { SignatureCheck, SignatureFault } from '../../../src/consensus/signature.js'
import { SignaturePool } from '../../../src/verification/signature-pool.js'
import { Signers } from '../../support/signatures.js'

/** What the pools have begun, and what happens to the next that they begin. */
const threads = vi.hoisted(() => ({
  begun: [] as Worker[],
  next: 'runs' as 'runs' | 'crashes' | 'cannot begin',
}))

vi.mock('node:worker_threads', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:worker_threads')>()
  class RecordedWorker extends original.Worker {
    constructor(...[url, options]: ConstructorParameters<typeof Worker>) {
      if (threads.next === 'cannot begin') throw new Error('no room for one more thread')
      super(threads.next === 'runs' ? url : new URL('data:text/javascript,throw new Error("crash")'), options)
      threads.begun.push(this)
    }
  }
  return { ...original, Worker: RecordedWorker }
})

const GOOD = new Signers(5).checks(2_000)

const pools: SignaturePool[] = []

function newPool(count?: number): SignaturePool {
  const pool = new SignaturePool(count === undefined ? {} : { threads: count })
  pools.push(pool)
  return pool
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
  threads.begun.length = 0
  threads.next = 'runs'
})

/** Good checks but for those at some places. */
function checksWith(count: number, faults: Readonly<Record<number, SignatureFault>>): SignatureCheck[] {
  return GOOD.slice(0, count).map((check, i) => {
    if (faults[i] === 'bad-signature') return { ...check, message: check.message.subarray(1) }
    return faults[i] === 'bad-public-key' ? { ...check, publicKey: new Uint8Array(32) } : check
  })
}

/** Threads that a pool begins for a list. */
async function begunFor(pool: SignaturePool): Promise<number> {
  const before = threads.begun.length
  expect(await pool.firstFault(GOOD)).toBeUndefined()
  return threads.begun.length - before
}

/** Turns of the event loop that others have until something has come. */
async function turnsUntil(something: Promise<unknown>): Promise<number> {
  let [turns, isThere] = [0, false]
  const count = (): void => {
    turns++
    if (!isThere) setImmediate(count)
  }
  setImmediate(count)
  await something
  isThere = true
  return turns
}

test('an empty list has no fault, and needs no thread', async () => {
  expect(await newPool().firstFault([])).toBeUndefined()
  expect(threads.begun).toHaveLength(0)
})

test('eight checks need no thread, nine do', async () => {
  const pool = newPool(2)
  expect(await pool.firstFault(checksWith(8, {}))).toBeUndefined()
  expect(await pool.firstFault(checksWith(8, { 7: 'bad-signature' }))).toEqual({ index: 7, fault: 'bad-signature' })
  expect(threads.begun).toHaveLength(0)
  expect(await pool.firstFault(checksWith(9, { 8: 'bad-public-key' }))).toEqual({ index: 8, fault: 'bad-public-key' })
  expect(threads.begun.length).toBeGreaterThan(0)
})

test('the first of several faults, of a long list', async () => {
  const pool = newPool(3)
  expect(await pool.firstFault(GOOD)).toBeUndefined()
  const faults = { 411: 'bad-public-key', 412: 'bad-signature', 1200: 'bad-public-key', 1999: 'bad-signature' } as const
  expect(await pool.firstFault(checksWith(2_000, faults))).toEqual({ index: 411, fault: 'bad-public-key' })
  expect(await pool.firstFault(checksWith(411, faults))).toBeUndefined()
  expect(await pool.firstFault(checksWith(412, faults))).toEqual({ index: 411, fault: 'bad-public-key' })
  expect(threads.begun).toHaveLength(3)
})

test.each([0, 63, 64, 127, 128, 255, 256, 299])('one fault at %i of 300', async (index) => {
  const checks = checksWith(300, { [index]: 'bad-signature' })
  expect(await newPool(2).firstFault(checks)).toEqual({ index, fault: 'bad-signature' })
})

test('many callers at once have each their own answer', async () => {
  const pool = newPool(2)
  const calls = Array.from({ length: 60 }, (_, i) => {
    const count = 5 + 3 * i
    const index = (i * 37) % count
    const expected = i % 3 === 0 ? undefined : { index, fault: 'bad-signature' }
    return { checks: checksWith(count, i % 3 === 0 ? {} : { [index]: 'bad-signature' }), expected }
  })
  const answers = await Promise.all(calls.map(({ checks }) => pool.firstFault(checks)))
  expect(answers).toEqual(calls.map(({ expected }) => expected))
  expect(threads.begun).toHaveLength(2)
})

test('a short list does not wait for a long one that came before it', async () => {
  const pool = newPool(1)
  let isLongDone = false
  const long = pool.firstFault(GOOD).then(() => {
    isLongDone = true
  })
  await pool.firstFault(checksWith(20, {}))
  expect(isLongDone).toBe(false)
  await long
})

test('what threads had when they were killed is checked all the same, and others take their places', async () => {
  const pool = newPool(2)
  for (let round = 0; round < 6; round++) {
    const index = 300 * round + 140
    const answer = pool.firstFault(checksWith(2_000, { [index]: 'bad-signature', 1999: 'bad-public-key' }))
    let isThere = false
    const killing = (async () => {
      for (let kill = 0; !isThere; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 7 * round))
        await threads.begun.at(-1 - (kill % 2))?.terminate()
      }
    })()
    expect(await answer).toEqual({ index, fault: 'bad-signature' })
    isThere = true
    await killing
  }
  expect(threads.begun.length).toBeGreaterThan(4)
  // With none left it begins others, and left alone it is as at first.
  await Promise.all(threads.begun.map((thread) => thread.terminate()))
  await expect.poll(() => begunFor(pool)).toBeGreaterThan(0)
  await expect.poll(() => begunFor(pool)).toBe(0)
})

test.each(['crashes', 'cannot begin'] as const)(
  'where every thread %s the answer is the same, and others have their turns',
  async (next) => {
    threads.next = next
    const pool = newPool(2)
    const answer = pool.firstFault(checksWith(800, { 700: 'bad-signature' }))
    // Slices of eight, and a turn for others after each.
    expect(await turnsUntil(answer)).toBeGreaterThan(80)
    expect(await answer).toEqual({ index: 700, fault: 'bad-signature' })
    expect(await pool.firstFault(GOOD)).toBeUndefined()
    // Attempts become rare: there were 45 batches.
    expect(threads.begun.length).toBeLessThan(12)
    threads.next = 'runs'
    await expect.poll(() => begunFor(pool)).toBeGreaterThan(0)
  },
)

test('a pool that is closed ends its threads, and answers without them', async () => {
  const pool = newPool(2)
  await pool.firstFault(GOOD)
  const ends = threads.begun.map((thread) => new Promise((resolve) => thread.once('exit', resolve)))
  expect(ends).toHaveLength(2)
  const [early, long] = [checksWith(2_000, { 1500: 'bad-signature' }), checksWith(300, { 299: 'bad-public-key' })]
  const answer = pool.firstFault(early)
  await Promise.all([pool.close(), ...ends])
  expect(await answer).toEqual({ index: 1_500, fault: 'bad-signature' })
  const late = pool.firstFault(long)
  expect(await turnsUntil(late)).toBeGreaterThan(30)
  expect(await late).toEqual({ index: 299, fault: 'bad-public-key' })
  expect(threads.begun).toHaveLength(2)
  await pool.close()
})

test('a pool that never had a thread closes', async () => {
  await newPool().close()
})

test('what is no check is a bug, and no fault', async () => {
  const nonsense = { ...GOOD[0], message: undefined } as unknown as SignatureCheck
  await expect(newPool(1).firstFault([...GOOD.slice(0, 20), nonsense])).rejects.toThrow(TypeError)
  await expect(newPool(1).firstFault([nonsense])).rejects.toThrow(TypeError)
})
