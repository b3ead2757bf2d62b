import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { SearchState } from '../../../src/mining/search-state.js'

/** A thread that is killed between any two of its steps leaves nothing that another cannot go on with. */

const STATE = new URL('../../../dist/mining/search-state.js', import.meta.url).href
const STRETCH = 2_000
const THREADS = 3
const KILLS = 150

/** Takes and finishes stretches as fast as it can, so that it is killed in the middle of that, and marks what it had. */
const TAKER = `
  const { workerData: { memory, marks, thread, threads } } = require('node:worker_threads')
  import(${JSON.stringify(STATE)}).then(({ SearchState }) => {
    const state = new SearchState(threads, memory)
    const had = new Uint8Array(marks)
    let from = state.begin(thread) ?? state.take(thread)
    for (; from !== undefined; from = state.take(thread)) {
      if (from / ${STRETCH} >= had.length) throw new Error('no room for marks')
      Atomics.store(had, from / ${STRETCH}, 1)
      state.finish(thread, undefined)
    }
  })`

test('stretches that were given out are had and counted, each once, whenever threads are killed', async () => {
  const state = new SearchState(THREADS)
  const marks = new SharedArrayBuffer(100_000_000)
  const begin = (thread: number): Worker =>
    new Worker(TAKER, { eval: true, workerData: { memory: state.memory, marks, thread, threads: THREADS } })
  const takers = Array.from({ length: THREADS }, (_, thread) => begin(thread))
  for (let kill = 0; kill < KILLS; kill++) {
    const victim = kill % THREADS
    await expect.poll(() => state.hasBegun(victim)).toBe(true)
    await delay(kill % 17)
    await takers[victim]!.terminate()
    takers[victim] = begin(victim)
  }
  const ends = takers.map((taker) => once(taker, 'exit'))
  state.stop()
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0])
  const had = new Uint8Array(marks)
  const count = had.indexOf(0)
  expect(had.lastIndexOf(1)).toBe(count - 1)
  expect(state.hashes).toBe(count * STRETCH)
  expect(count).toBeGreaterThan(10_000)
})
