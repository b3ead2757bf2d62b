import type { Worker } from 'node:worker_threads'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { HeaderJob } from '../../src/consensus/header-job.js'
import type { DecimalJob } from '../../src/consensus/job.js'
import { REFERENCE } from '../../src/mining/candidate-search.js'
import { SearchPool } from '../../src/mining/search-pool.js'
import type { Searcher } from '../../src/mining/searcher.js'
import { firstSolution } from '../support/candidates.js'

// Starts dist/mining/worker.js: `npm run build` comes before.
const SEARCHERS: readonly [name: string, make: () => Searcher][] = [
  ['a pool of one thread', () => new SearchPool({ threads: 1 })],
  ['a pool of three', () => new SearchPool({ threads: 3 })],
  ['a pool of two without SIMD', () => new SearchPool({ threads: 2, engine: 'reference' })],
]

const NEVER = new AbortController().signal

function job(before: string, zeros = 4, after = ''): DecimalJob {
  return { kind: 'decimal', before, after, zeros }
}

/** A job that nobody finishes. */
const ENDLESS = job('100', 60)

/** A job at which the thread dies: no text is as long as the one it looks for. */
const DEADLY = job('100', 2 ** 40)

function ignore(): void {}

describe.each(SEARCHERS)('%s is a Searcher', (_name, make) => {
  let searcher: Searcher
  beforeEach(() => {
    searcher = make()
    onTestFinished(() => searcher.close())
  })

  test('finds the article’s proofs: 35293, 35089, 119678, 146502, 43538', async () => {
    const proofs = [100]
    for (let i = 0; i < 5; i++) {
      const { solution, hashes } = await searcher.search(job(String(proofs[i])), { signal: NEVER, onProgress: ignore })
      expect(hashes).toBeGreaterThan(solution)
      proofs.push(solution)
    }
    expect(proofs).toEqual([100, 35293, 35089, 119678, 146502, 43538])
  })

  test('finds the smallest proof, from 0 on', async () => {
    for (const [before, zeros, after] of [
      ['a', 0, ''],
      ['b', 1, 'x'],
      ['é', 2, ''],
      ['', 3, 'ff'.repeat(32)],
    ] as const) {
      const { solution } = await searcher.search(job(before, zeros, after), { signal: NEVER, onProgress: ignore })
      expect(solution).toBe(firstSolution(job(before, zeros, after), 0))
    }
  })

  test('a search that waits for its turn ends with its signal, and not with the one before it', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const before = searcher.search(ENDLESS, { signal: first.signal, onProgress: ignore })
    const waiting = searcher.search(ENDLESS, { signal: second.signal, onProgress: ignore })
    second.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    first.abort(new Error('enough, too'))
    await expect(before).rejects.toThrow('enough, too')
  })

  test('reports how many hashes were computed, never fewer than before', async () => {
    const stop = new AbortController()
    const reports: number[] = []
    const search = searcher.search(ENDLESS, {
      signal: stop.signal,
      onProgress: (hashes) => {
        reports.push(hashes)
        if (hashes > 0 && reports.length > 2) stop.abort(new Error('enough'))
      },
    })
    await expect(search).rejects.toThrow('enough')
    expect(reports.at(-1)).toBeGreaterThan(0)
    expect(reports).toEqual([...reports].sort((a, b) => a - b))
  })

  test('ends at once when it is aborted, with the reason, and is silent afterwards', async () => {
    const reason = { name: 'a reason' }
    const stop = new AbortController()
    let isOver = false
    const search = searcher.search(ENDLESS, { signal: stop.signal, onProgress: () => expect(isOver).toBe(false) })
    stop.abort(reason)
    await expect(search).rejects.toBe(reason)
    isOver = true
    await searcher.search(job('100'), { signal: NEVER, onProgress: ignore })
  })

  test('does not begin when it is aborted already', async () => {
    const search = async () => searcher.search(ENDLESS, { signal: AbortSignal.abort('before'), onProgress: ignore })
    await expect(search()).rejects.toBe('before')
  })

  test('goes on to the next search after an abort, and finds that one’s proof', async () => {
    for (let i = 0; i < 5; i++) {
      const stop = new AbortController()
      const search = searcher.search(ENDLESS, { signal: stop.signal, onProgress: ignore })
      stop.abort('next')
      await expect(search).rejects.toBe('next')
    }
    const { solution } = await searcher.search(job('100'), { signal: NEVER, onProgress: ignore })
    expect(solution).toBe(35293)
  })

  test('does not take the answer to an aborted search for that of the next', async () => {
    await searcher.search(job('100', 1), { signal: NEVER, onProgress: ignore })
    const stop = new AbortController()
    const aborted = searcher.search(job('100', 2), { signal: stop.signal, onProgress: ignore })
    // Meanwhile the thread finds its proof, and the answer waits until this thread looks up from its work.
    REFERENCE.begin(ENDLESS).search(0, 100_000)
    stop.abort('too late')
    const next = searcher.search(job('100'), { signal: NEVER, onProgress: ignore })
    await expect(aborted).rejects.toBe('too late')
    expect((await next).solution).toBe(35293)
  })

  test('rejects when the thread dies during a search, and begins anew', async () => {
    await expect(searcher.search(DEADLY, { signal: NEVER, onProgress: ignore })).rejects.toThrow(
      'Invalid string length',
    )
    expect((await searcher.search(job('100'), { signal: NEVER, onProgress: ignore })).solution).toBe(35293)
  })

  test('begins anew when the thread dies of a search that was given up, and the process lives on', async () => {
    await searcher.search(job('100', 1), { signal: NEVER, onProgress: ignore })
    const stop = new AbortController()
    const aborted = searcher.search(DEADLY, { signal: stop.signal, onProgress: ignore })
    // Meanwhile the thread dies, and word of it waits until this thread looks up from its work.
    REFERENCE.begin(ENDLESS).search(0, 200_000)
    stop.abort('too late')
    await expect(aborted).rejects.toBe('too late')
    const other = make()
    onTestFinished(() => other.close())
    await other.search(job('100'), { signal: NEVER, onProgress: ignore })
    expect((await searcher.search(job('100'), { signal: NEVER, onProgress: ignore })).solution).toBe(35293)
  })

  test('begins anew when its threads end while they are idle', async () => {
    const threads: Worker[] = []
    const note = (thread: Worker): void => void threads.push(thread)
    process.on('worker', note)
    onTestFinished(() => void process.off('worker', note))
    await searcher.search(job('100'), { signal: NEVER, onProgress: ignore })
    await Promise.all(threads.map((thread) => thread.terminate()))
    expect((await searcher.search(job('35293'), { signal: NEVER, onProgress: ignore })).solution).toBe(35089)
  })

  test('finds the first header that solves its job, with an extra nonce too', async () => {
    const header: HeaderJob = {
      kind: 'header',
      header: Uint8Array.from({ length: 80 }, (_, i) => i),
      versionMask: 0x6000,
      target: 2n ** 242n,
      roll: { kind: 'extra-nonce', coinbaseId: new Uint8Array(32).fill(7), branch: [new Uint8Array(32).fill(9)] },
    }
    const { solution } = await searcher.search(header, { signal: NEVER, onProgress: ignore })
    expect(solution).toBe(firstSolution(header, 0))
  })

  test('rejects when it is closed during a search, and may be closed twice', async () => {
    const search = searcher.search(ENDLESS, { signal: NEVER, onProgress: ignore })
    const outcome = expect(search).rejects.toThrow('the search was closed')
    await searcher.close()
    await outcome
    await searcher.close()
  })

  test('begins anew after it was closed', async () => {
    await searcher.search(job('100'), { signal: NEVER, onProgress: ignore })
    await searcher.close()
    expect((await searcher.search(job('35293'), { signal: NEVER, onProgress: ignore })).solution).toBe(35089)
  })

  test('leaves no listener on a signal that lives on', async () => {
    const counted = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = counted.signal
    counted.signal.addEventListener = ((...args: Parameters<typeof addEventListener>) => {
      listeners++
      return addEventListener.apply(counted.signal, args)
    }) as typeof addEventListener
    counted.signal.removeEventListener = ((...args: Parameters<typeof removeEventListener>) => {
      listeners--
      return removeEventListener.apply(counted.signal, args)
    }) as typeof removeEventListener
    await searcher.search(job('100', 1), { signal: counted.signal, onProgress: ignore })
    expect(listeners).toBe(0)
  })
})
