import { expect, test } from 'vitest'
import { ApiError } from '../../../src/api/errors.js'
import { repeat } from '../../../src/cli/repeat.js'
import { Interrupted } from '../../../src/cli/terminal.js'
import { StoreUnwritable } from '../../../src/primitives/errors.js'

/** What `serve` does without end survives what the node refuses for the time being. */

/** Runs rounds that fail as listed, and succeed where undefined, then is told to end. */
async function run(rounds: readonly (Error | undefined)[]): Promise<{ warnings: string[]; done: number }> {
  const ending = new AbortController()
  const warnings: string[] = []
  let done = 0
  const work = async (): Promise<void> => {
    const outcome = rounds[done++]
    if (done === rounds.length) ending.abort()
    if (outcome !== undefined) throw outcome
  }
  await repeat(work, { everyMs: 0, retryMs: 1, signal: ending.signal, warn: (text) => warnings.push(text) })
  return { warnings, done }
}

const FULL = new ApiError('cannot-write', 'the disk is full')

test('cannot-write: it is warned of once, tried again, and warned of again after it worked', async () => {
  expect(await run([FULL, FULL, FULL, undefined, FULL, undefined])).toEqual({
    warnings: ['the disk is full', 'the disk is full'],
    done: 6,
  })
  expect(await run([new StoreUnwritable('no room'), undefined])).toEqual({ warnings: ['no room'], done: 2 })
})

test('shutting-down and Ctrl-C end it quietly', async () => {
  for (const end of [new ApiError('shutting-down', 'it stops'), new Interrupted()]) {
    expect(await run([undefined, end, undefined])).toEqual({ warnings: [], done: 2 })
  }
})

test('what is a mistake of the program is thrown', async () => {
  await expect(run([new TypeError('oops'), undefined])).rejects.toThrow('oops')
})

test('the signal ends the pause at once', async () => {
  const ending = new AbortController()
  // The pause begins in the turn in which the work is done, so it is under way in the next one.
  const work = async (): Promise<void> => void setImmediate(() => ending.abort())
  await repeat(work, { everyMs: 1e6, signal: ending.signal, warn: () => {} })
})
