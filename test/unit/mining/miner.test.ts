import { describe, expect, onTestFinished, test } from 'vitest'
import type { DecimalJob, Job } from '../../../src/consensus/job.js'
import type { Block, Template } from '../../../src/consensus/rules.js'
import { Miner, type MiningProgress } from '../../../src/mining/miner.js'
import { SearchPool } from '../../../src/mining/search-pool.js'
import type { Found, Searcher, SearchOptions } from '../../../src/mining/searcher.js'

const ENDLESS: DecimalJob = { kind: 'decimal', before: '', after: '', zeros: 60 }

interface Search extends SearchOptions {
  readonly job: Job
  find(proof: number, hashes?: number): void
}

/** A searcher that finds when the test says so. */
class HandSearcher implements Searcher {
  readonly searches: Search[] = []
  readonly #waiting: (() => void)[] = []

  search(job: Job, options: SearchOptions): Promise<Found> {
    return new Promise((resolve, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason))
      this.searches.push({ job, ...options, find: (proof, hashes = proof + 1) => resolve({ solution: proof, hashes }) })
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  /** Waits until so many searches were begun. */
  async begun(count: number): Promise<Search> {
    while (this.searches.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.searches[count - 1]!
  }

  async close(): Promise<void> {}
}

/** A chain that is a list of names, and that others may extend. */
class NameChain {
  readonly names = ['genesis']
  readonly listeners = new Set<() => void>()
  failure: Error | undefined

  extend(name: string): void {
    this.names.push(name)
    for (const listener of this.listeners) listener()
  }

  readonly port = {
    getTemplate: (): Template<Block> => {
      const parentHash = this.names.at(-1)!
      return {
        height: this.names.length + 1,
        parentHash,
        job: { ...ENDLESS, before: parentHash },
        seal: (proof) => ({ hash: `${parentHash} ${proof}`, encoded: new Uint8Array(0) }),
      }
    },
    submitBlock: async (template: Template<Block>, proof: number) => {
      if (this.failure !== undefined) throw this.failure
      if (template.parentHash !== this.names.at(-1)) return 'stale' as const
      const block = template.seal(proof)
      this.extend(block.hash)
      return { height: template.height, block }
    },
    onTip: (listener: () => void) => {
      this.listeners.add(listener)
      return () => this.listeners.delete(listener)
    },
  }
}

function setUp() {
  const searcher = new HandSearcher()
  const chain = new NameChain()
  return { searcher, chain, miner: new Miner(searcher, chain.port, () => 0) }
}

describe('Miner', () => {
  test('finds and stores a block, and says what it took', async () => {
    const { searcher, chain, miner } = setUp()
    const mined = miner.mine({ recipient: 'a' })
    const search = await searcher.begun(1)
    expect(search.job).toMatchObject({ before: 'genesis' })
    search.onProgress(43, 1)
    search.find(42)
    expect(await mined).toMatchObject({ height: 2, hashes: 43, block: { hash: 'genesis 42' } })
    expect(chain.names).toEqual(['genesis', 'genesis 42'])
    expect(chain.listeners.size).toBe(0)
  })

  test('mines one block at a time, in the order asked for, never two on one parent', async () => {
    const { searcher, chain, miner } = setUp()
    const all = Promise.all([
      miner.mine({ recipient: 'a' }),
      miner.mine({ recipient: 'a' }),
      miner.mine({ recipient: 'a' }),
    ])
    for (let i = 1; i <= 3; i++) {
      const search = await searcher.begun(i)
      expect(searcher.searches).toHaveLength(i)
      search.find(i)
    }
    expect((await all).map(({ height }) => height)).toEqual([2, 3, 4])
    expect(chain.names).toEqual(['genesis', 'genesis 1', 'genesis 1 2', 'genesis 1 2 3'])
  })

  test('begins anew with a newer template when one was searched for as long as it is good', async () => {
    const { searcher, chain } = setUp()
    const times: number[] = []
    const port = {
      ...chain.port,
      getTemplate: () => {
        times.push(times.length)
        return { ...chain.port.getTemplate(), goodForSeconds: 0.05 }
      },
    }
    const mined = new Miner(searcher, port, () => 0).mine({ recipient: 'a' })
    const first = await searcher.begun(1)
    const second = await searcher.begun(2)
    expect(first.signal.aborted).toBe(true)
    second.find(7)
    expect((await mined).height).toBe(2)
    expect(times.length).toBeGreaterThanOrEqual(2)
  })

  test('a block that would come too early is searched when its time has come', async () => {
    const { searcher, chain } = setUp()
    const start = performance.now()
    const now = () => (performance.now() - start) / 1000
    const port = { ...chain.port, getTemplate: () => ({ ...chain.port.getTemplate(), notBefore: 0.2 }) }
    const mined = new Miner(searcher, port, now).mine({ recipient: 'a' })
    const search = await searcher.begun(1)
    expect(now()).toBeGreaterThanOrEqual(0.19)
    search.find(1)
    expect((await mined).height).toBe(2)
  })

  test('begins anew when the chain went on meanwhile', async () => {
    const { searcher, chain, miner } = setUp()
    const mined = miner.mine({ recipient: 'a' })
    const first = await searcher.begun(1)
    first.onProgress(1_000, 1)
    chain.extend('theirs')
    const second = await searcher.begun(2)
    expect(first.signal.aborted).toBe(true)
    expect(second.job).toMatchObject({ before: 'theirs' })
    second.onProgress(8, 1)
    second.find(7)
    expect(await mined).toMatchObject({ height: 3, hashes: 1_008, block: { hash: 'theirs 7' } })
  })

  test('bad-previous-hash: begins anew when a chain was adopted between the finding and the storing', async () => {
    const { searcher, chain, miner } = setUp()
    const mined = miner.mine({ recipient: 'a' })
    const first = await searcher.begun(1)
    // Without telling: the miner hears of it only from the refusal.
    chain.names.push('theirs')
    first.find(1)
    ;(await searcher.begun(2)).find(2)
    expect((await mined).block.hash).toBe('theirs 2')
    expect(chain.names).toEqual(['genesis', 'theirs', 'theirs 2'])
  })

  test('a refusal of our own block is a bug, and the next search is not blocked by it', async () => {
    const { searcher, chain, miner } = setUp()
    chain.failure = new Error('our own block is refused: no')
    const mined = miner.mine({ recipient: 'a' })
    ;(await searcher.begun(1)).find(1)
    await expect(mined).rejects.toThrow('our own block is refused: no')
    chain.failure = undefined
    const next = miner.mine({ recipient: 'a' })
    ;(await searcher.begun(2)).find(2)
    expect((await next).height).toBe(2)
  })

  test('is aborted with the signal’s reason, and goes on with what is next', async () => {
    const { searcher, chain, miner } = setUp()
    const stop = new AbortController()
    const aborted = expect(miner.mine({ recipient: 'a', signal: stop.signal })).rejects.toBe('enough')
    const next = miner.mine({ recipient: 'a' })
    await searcher.begun(1)
    stop.abort('enough')
    await aborted
    ;(await searcher.begun(2)).find(5)
    expect((await next).height).toBe(2)
    expect(chain.listeners.size).toBe(0)
  })

  test('does not begin a search that was aborted while it waited for its turn', async () => {
    const { searcher, miner } = setUp()
    const stop = new AbortController()
    const first = miner.mine({ recipient: 'a' })
    const second = miner.mine({ recipient: 'a', signal: stop.signal })
    stop.abort('enough')
    // At once: the first search is still under way.
    await expect(second).rejects.toBe('enough')
    ;(await searcher.begun(1)).find(1)
    await first
    const third = miner.mine({ recipient: 'a' })
    ;(await searcher.begun(2)).find(2)
    expect((await third).height).toBe(3)
    expect(searcher.searches).toHaveLength(2)
  })

  test('tells how the search stands, and nothing where there is none', async () => {
    const { searcher, chain, miner } = setUp()
    const heard: MiningProgress[] = []
    const mined = miner.mine({ recipient: 'a', onProgress: (progress) => heard.push(progress) })
    const first = await searcher.begun(1)
    expect(miner.progress).toMatchObject({ hashes: 0, expectedHashes: 16 ** 60 })
    first.onProgress(10, 1)
    chain.extend('theirs')
    const second = await searcher.begun(2)
    second.onProgress(5, 1)
    expect(miner.progress).toMatchObject({ hashes: 15 })
    second.find(4)
    await mined
    expect(miner.progress).toBeUndefined()
    expect(heard.map(({ hashes }) => hashes)).toEqual([0, 10, 10, 15])
  })

  test('a searcher that fails is heard, and no listener stays', async () => {
    const chain = new NameChain()
    const broken: Searcher = { search: () => Promise.reject(new Error('no thread')), close: async () => {} }
    const miner = new Miner(broken, chain.port, () => 0)
    await expect(miner.mine({ recipient: 'a' })).rejects.toThrow('no thread')
    expect(chain.listeners.size).toBe(0)
    expect(miner.progress).toBeUndefined()
  })
})

describe('Miner with a worker thread', () => {
  test('mines on, whatever others do, and stops at once', async () => {
    const searcher = new SearchPool()
    onTestFinished(() => searcher.close())
    const chain = new NameChain()
    const port = {
      ...chain.port,
      getTemplate: () => {
        const template = chain.port.getTemplate()
        return { ...template, job: { ...template.job, zeros: template.height < 6 ? 3 : 60 } }
      },
    }
    const miner = new Miner(searcher, port, () => 0)
    expect((await miner.mine({ recipient: 'a' })).height).toBe(2)
    chain.extend('theirs')
    expect(
      (await Promise.all([miner.mine({ recipient: 'a' }), miner.mine({ recipient: 'a' })])).map(({ height }) => height),
    ).toEqual([4, 5])

    const stop = new AbortController()
    const endless = miner.mine({
      recipient: 'a',
      signal: stop.signal,
      onProgress: ({ hashes }) => hashes > 0 && stop.abort('enough'),
    })
    await expect(endless).rejects.toBe('enough')
    expect(chain.names).toHaveLength(5)
  })
})
