import { expect, test } from 'vitest'
import { SharedTurns } from '../../../src/node/shared-turns.js'

interface Work {
  readonly signal: AbortSignal
  end(result: number): void
}

/** Turns whose work ends when the test says so, or when it is aborted. */
function setUp() {
  const works: Work[] = []
  const turns = new SharedTurns<number>(
    (signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        works.push({ signal, end: resolve })
      }),
  )
  return { works, turns }
}

const never = (): AbortSignal => new AbortController().signal

test('who asks while work is under way shares the next, which begins after they asked', async () => {
  const { works, turns } = setUp()
  const first = turns.ask(never())
  await expect.poll(() => works.length).toBe(1)
  const others = Promise.all(Array.from({ length: 100 }, () => turns.ask(never())))
  works[0]!.end(1)
  expect(await first).toBe(1)
  await expect.poll(() => works.length).toBe(2)
  const late = turns.ask(never())
  works[1]!.end(2)
  expect(new Set(await others)).toEqual(new Set([2]))
  await expect.poll(() => works.length).toBe(3)
  works[2]!.end(3)
  expect(await late).toBe(3)
  await turns.settled()
  expect(works).toHaveLength(3)
})

test('who gives up hears of it at once, and the others have their answer', async () => {
  const { works, turns } = setUp()
  const [one, two] = [new AbortController(), new AbortController()]
  const [first, second, third] = [turns.ask(one.signal), turns.ask(two.signal), turns.ask(never())]
  await expect.poll(() => works.length).toBe(1)
  one.abort('one')
  await expect(first).rejects.toBe('one')
  two.abort('two')
  await expect(second).rejects.toBe('two')
  expect(works[0]!.signal.aborted).toBe(false)
  works[0]!.end(1)
  expect(await third).toBe(1)
})

test('work for which nobody waits any more is ended; if it was done all the same, that is the answer', async () => {
  const { works, turns } = setUp()
  const stop = new AbortController()
  const asked = turns.ask(stop.signal)
  await expect.poll(() => works.length).toBe(1)
  stop.abort('enough')
  await expect(asked).rejects.toBe('enough')
  expect(works[0]!.signal.reason).toBe('enough')

  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const stubborn = new SharedTurns((signal) => {
    begin()
    return new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(7)))
  })
  const again = new AbortController()
  const answer = stubborn.ask(again.signal)
  await begun
  again.abort('too late')
  expect(await answer).toBe(7)
})

test('a turn that all who waited for it gave up is not worked, and nobody joins it', async () => {
  const { works, turns } = setUp()
  const first = turns.ask(never())
  await expect.poll(() => works.length).toBe(1)
  const stop = new AbortController()
  const waiting = turns.ask(stop.signal)
  stop.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  const late = turns.ask(never())
  works[0]!.end(1)
  await first
  await expect.poll(() => works.length).toBe(2)
  works[1]!.end(2)
  expect(await late).toBe(2)
  await expect(turns.ask(AbortSignal.abort('before'))).rejects.toBe('before')
  await turns.settled()
  expect(works).toHaveLength(2)
})

test('work that fails is heard of by all who share it, and the next is not blocked by it', async () => {
  let fails = true
  const turns = new SharedTurns(async () => {
    if (fails) throw new Error('no room')
    return 1
  })
  const outcomes = await Promise.allSettled([turns.ask(never()), turns.ask(never())])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await turns.ask(never())).toBe(1)
})
