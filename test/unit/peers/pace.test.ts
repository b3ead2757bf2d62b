import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pace } from '../../../src/peers/pace.js'

// Time passes only where a test has it pass.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

function watched(): { pace: Pace; slow: () => boolean } {
  let isSlow = false
  const pace = new Pace({ bytes: 16_384, ms: 5_000 }, () => {
    isSlow = true
  })
  return { pace, slow: () => isSlow }
}

test('16 KiB in every 5 s is enough, in one piece or in many', () => {
  const { pace, slow } = watched()
  for (let i = 0; i < 20; i++) {
    pace.wait()
    vi.advanceTimersByTime(4_999)
    pace.count(16_384)
  }
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < 16; j++) {
      pace.wait()
      vi.advanceTimersByTime(300)
      pace.count(1_024)
    }
  }
  expect(slow()).toBe(false)
})

test.each([
  ['nothing', 0],
  ['a byte a second', 1],
  ['16 KiB less one byte in 5 s', 16_383 / 5],
])('%s is not', (_what, bytesPerSecond) => {
  const { pace, slow } = watched()
  for (let i = 0; i < 5; i++) {
    expect(slow()).toBe(false)
    pace.wait()
    vi.advanceTimersByTime(1_000)
    if (i < 4) pace.count(bytesPerSecond)
  }
  expect(slow()).toBe(true)
})

test('what comes in one step does not count for the next', () => {
  const { pace, slow } = watched()
  pace.wait()
  vi.advanceTimersByTime(1)
  pace.count(10_000_000)
  pace.wait()
  vi.advanceTimersByTime(5_000)
  expect(slow()).toBe(true)
})

test('time in which nobody waits does not count: we may be the slow ones', () => {
  const { pace, slow } = watched()
  pace.wait()
  vi.advanceTimersByTime(4_000)
  pace.count(1)
  vi.advanceTimersByTime(60_000)
  pace.wait()
  vi.advanceTimersByTime(999)
  expect(slow()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(slow()).toBe(true)
})
