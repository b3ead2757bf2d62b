import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SourceError } from '../../../src/peers/source-error.js'
import { type Turn, Turns } from '../../../src/peers/turns.js'

// Time passes only where a test has it pass.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A peer that needs so long for its answer; never to be done is Infinity. */
interface Peer {
  readonly ms: number
  readonly progress?: number
}

/** Asks peers four at a time within 30 s, and writes down how it went. */
class Survey {
  readonly names: string[]
  readonly asked: string[] = []
  atOnce = 0
  mostAtOnce = 0
  /** When each was done, ms from the beginning. */
  readonly doneAt = new Map<string, number>()
  endedAt: number | undefined
  readonly outcomes: Promise<string[]>

  constructor(peers: readonly Peer[], signal?: AbortSignal) {
    const begin = performance.now()
    this.names = peers.map((_, i) => `p${i}`)
    const turns = new Turns<string>(this.names, {
      atOnce: 4,
      totalMs: 30_000,
      late: (_peer, message) => message,
      ask: async (name, turn) => {
        this.asked.push(name)
        this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce)
        const peer = peers[Number(name.slice(1))]!
        turn.progress = peer.progress ?? 0
        try {
          await passed(peer.ms, turn)
          this.doneAt.set(name, performance.now() - begin)
          return 'done'
        } catch (error) {
          if (error instanceof SourceError) return error.message
          throw error
        } finally {
          this.atOnce--
        }
      },
    })
    this.outcomes = turns.take(signal).finally(() => {
      this.endedAt = performance.now() - begin
    })
    this.outcomes.catch(() => {})
  }

  /** Has time pass until all is over. */
  async end(): Promise<string[]> {
    await vi.advanceTimersByTimeAsync(30_000)
    return this.outcomes
  }
}

function passed(ms: number, { signal }: Turn): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}

const NEVER: Peer = { ms: Number.POSITIVE_INFINITY }
const times = (count: number, peer: Peer): Peer[] => Array<Peer>(count).fill(peer)

describe('a resolve takes 30 s at most', () => {
  test('whatever its peers do: all are asked, each twice at most and four at a time', async () => {
    const ms = fc.oneof(fc.nat({ max: 1_300 }), fc.nat({ max: 40_000 }), fc.constant(Number.POSITIVE_INFINITY))
    const some = fc.array(fc.record({ ms, progress: fc.nat({ max: 9 }) }), { minLength: 1, maxLength: 64 })
    await fc.assert(
      fc.asyncProperty(some, async (peers) => {
        const survey = new Survey(peers)
        const outcomes = await survey.end()
        expect(survey.endedAt).toBeLessThanOrEqual(30_000)
        expect(survey.mostAtOnce).toBeLessThanOrEqual(4)
        expect(new Set(survey.asked)).toEqual(new Set(survey.names))
        for (const name of survey.names)
          expect(survey.asked.filter((other) => other === name).length).toBeLessThanOrEqual(2)
        expect(outcomes).toHaveLength(peers.length)
        // What needs less than its share is never given up: with three others at the same time of 20 s for each.
        const share = (4 * 20_000) / (peers.length + 3)
        peers.forEach((peer, i) => void (peer.ms < share && expect(outcomes[i]).toBe('done')))
      }),
      { numRuns: 300 },
    )
  })

  test('no longer than its peers need', async () => {
    const survey = new Survey(times(8, { ms: 100 }))
    expect(await survey.end()).toEqual(Array(8).fill('done'))
    expect(survey.endedAt).toBe(200)
  })
})

describe('slow peers give way', () => {
  test('the last of 64 is asked within 20 s, and adopted, when all others never answer', async () => {
    const survey = new Survey([...times(63, NEVER), { ms: 1_000 }])
    const outcomes = await survey.end()
    expect(survey.doneAt.get('p63')).toBeLessThan(20_000)
    expect(outcomes[63]).toBe('done')
    for (const outcome of outcomes.slice(0, 63)) {
      expect(outcome).toMatch(
        /^(no complete answer within the 30 s of a resolve|it was slow and gave way to others, who took the rest of the 30 s of a resolve)$/,
      )
    }
  })

  test('nobody gives way where nobody waits', async () => {
    const survey = new Survey(times(4, { ms: 29_000 }))
    expect(await survey.end()).toEqual(Array(4).fill('done'))
    expect(survey.asked).toHaveLength(4)
  })

  test('what quick ones leave of their time falls to those who follow', async () => {
    // 64 equal shares would be 1.25 s each.
    const survey = new Survey([...times(56, { ms: 10 }), ...times(8, { ms: 6_000 })])
    expect(await survey.end()).toEqual(Array(64).fill('done'))
    expect(survey.asked).toHaveLength(64)
  })

  test('they are asked once more when all have been asked, those who came the furthest first', async () => {
    const slow = (progress: number): Peer => ({ ms: 4_000, progress })
    const survey = new Survey([
      slow(1),
      slow(2),
      slow(3),
      slow(4),
      slow(5),
      slow(6),
      slow(7),
      slow(8),
      ...times(24, { ms: 500 }),
    ])
    const outcomes = await survey.end()
    expect(survey.asked.slice(32)).toEqual(['p7', 'p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0'])
    expect(outcomes).toEqual(Array(32).fill('done'))
  })

  test('the last ones of the first round give way to those who had come further, and to no others', async () => {
    const far: Peer = { ms: 5_000, progress: 9 }
    const survey = new Survey([far, ...times(60, { ms: 100 }), NEVER, NEVER, NEVER, NEVER])
    const outcomes = await survey.end()
    expect(outcomes[0]).toBe('done')
    expect(outcomes.slice(61)).toEqual(Array(4).fill('no complete answer within the 30 s of a resolve'))
  })
})

describe('a resolve that is given up', () => {
  test("ends every turn with the caller's reason, and then itself", async () => {
    const stop = new AbortController()
    const survey = new Survey(times(9, NEVER), stop.signal)
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(survey.outcomes).rejects.toBe(reason)
    expect(survey.atOnce).toBe(0)
    expect(survey.asked).toHaveLength(4)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('asks nobody when it was given up before', async () => {
    const survey = new Survey(times(3, NEVER), AbortSignal.abort(new Error('before')))
    await expect(survey.outcomes).rejects.toThrow('before')
    expect(survey.asked).toEqual([])
  })

  test('by a mistake of ours: that is what is thrown, when all others have ended', async () => {
    let others = 3
    const turns = new Turns<string>(['a', 'b', 'c', 'd', 'e'], {
      atOnce: 4,
      totalMs: 30_000,
      late: () => 'late',
      ask: async (peer, turn) => {
        if (peer === 'b') throw new TypeError('a mistake')
        await passed(Number.POSITIVE_INFINITY, turn).finally(() => others--)
        return 'done'
      },
    })
    await expect(turns.take()).rejects.toThrow('a mistake')
    expect(others).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
