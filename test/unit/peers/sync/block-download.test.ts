import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SourceError } from '../../../../src/peers/source-error.js'
import { BlockDownload, type BlockSource, type DownloadOptions } from '../../../../src/peers/sync/block-download.js'
import type { Peer, Range } from '../../../../src/peers/sync/peer.js'
import { textOf, utf8 } from '../../../../src/primitives/bytes.js'

type Give = (range: Range, signal: AbortSignal) => Promise<readonly Uint8Array[]>

/** A peer that gives texts in the place of blocks. */
class Giver implements Peer {
  readonly address: string
  readonly asked: Range[] = []
  readonly #give: Give
  inFlight = 0
  mostInFlight = 0

  constructor(address: string, give: Give = promptly) {
    this.address = address
    this.#give = give
  }

  headers(): never {
    throw new Error('they are asked for elsewhere')
  }

  async blocks(range: Range, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    this.asked.push(range)
    this.inFlight++
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    try {
      return await this.#give(range, signal)
    } finally {
      this.inFlight--
    }
  }
}

const blockText = (height: number, size = 20): Uint8Array => utf8(`${height}`.padEnd(size))
const texts = ({ from, limit }: Range, size?: number): Uint8Array[] =>
  Array.from({ length: limit }, (_, i) => blockText(from + i, size))
const heights = (printed: readonly Uint8Array[]): number[] => printed.map((text) => Number(textOf(text)))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const promptly: Give = async (range) => texts(range)
const never: Give = (_range, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const failing =
  (message: string): Give =>
  async () => {
    throw new SourceError('unreachable', message)
  }

function open(
  peers: readonly (Peer | BlockSource)[],
  options: Partial<DownloadOptions> & { end: number },
): BlockDownload {
  const sources = peers.map((peer) => ('peer' in peer ? peer : { peer, upTo: options.end }))
  const signal = new AbortController().signal
  const download = new BlockDownload(sources, { from: 1, stallMs: 20, signal, ...options })
  onTestFinished(() => download.close())
  return download
}

/** All heights that come, in the order in which they come. */
async function takeAll(download: BlockDownload, { from = 1, end }: { from?: number; end: number }): Promise<number[]> {
  const taken: number[] = []
  while (from + taken.length <= end) taken.push(...heights((await download.next()).printed))
  return taken
}

const upTo = (end: number, from = 1): number[] => Array.from({ length: end + 1 - from }, (_, i) => from + i)

test('of several peers each gives part of the blocks, and none is asked for twice', async () => {
  const peers = [new Giver('a'), new Giver('b'), new Giver('c')]
  expect(await takeAll(open(peers, { from: 7, end: 5_000 }), { from: 7, end: 5_000 })).toEqual(upTo(5_000, 7))
  const asked = peers.map((peer) => peer.asked.reduce((sum, { limit }) => sum + limit, 0))
  expect(asked.reduce((sum, count) => sum + count)).toBe(4_994)
  expect(Math.min(...asked)).toBeGreaterThan(0)
  for (const { mostInFlight } of peers) expect(mostInFlight).toBeLessThanOrEqual(2)
})

test('a peer is asked for what it has, and for no more', async () => {
  const [short, long] = [new Giver('short'), new Giver('long')]
  const sources = [
    { peer: short, upTo: 300 },
    { peer: long, upTo: 2_000 },
  ]
  expect(await takeAll(open(sources, { end: 2_000 }), { end: 2_000 })).toEqual(upTo(2_000))
  expect(short.asked.length).toBeGreaterThan(0)
  for (const { from, limit } of short.asked) expect(from + limit).toBeLessThanOrEqual(301)
})

test('what comes in short pages is asked for again from where it ended', async () => {
  const peer = new Giver('short pages', async ({ from }) => texts({ from, limit: 3 }))
  expect(await takeAll(open([peer], { end: 200 }), { end: 200 })).toEqual(upTo(200))
})

test('large blocks are asked for in small pages: 32 KiB at first, half a mebibyte later', async () => {
  const size = 8 * 1024
  const peer = new Giver('large', async (range) => texts(range, size))
  expect(await takeAll(open([peer], { end: 1_000 }), { end: 1_000 })).toEqual(upTo(1_000))
  // The first two pages go out before anything is known of the blocks.
  const pages = peer.asked.slice(2).map(({ limit }) => limit)
  expect(pages[0]).toBe((2 * 32 * 1024) / size)
  expect(Math.max(...pages)).toBe((512 * 1024) / size)
})

test('who gives little at a time, and late, is not the one who is asked for the rest', async () => {
  const slow = new Giver('slow', async ({ from }) => {
    await pause(5)
    return texts({ from, limit: 1 })
  })
  const download = open([slow, new Giver('good')], { end: 400, stallMs: 60_000 })
  expect(await takeAll(download, { end: 400 })).toEqual(upTo(400))
  expect(slow.asked.length).toBeLessThan(10)
})

test('no more than 16 MiB wait for a block before them', async () => {
  const size = 256 * 1024
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = new Giver('slow', async (range) => {
    await held
    return texts(range, size)
  })
  const quick = new Giver('quick', async (range) => texts({ ...range, limit: 1 }, size))
  const download = open([slow, quick], { end: 1_000, stallMs: 600_000 })
  const first = download.next()
  let asked = -1
  while (asked !== quick.asked.length + slow.asked.length) {
    asked = quick.asked.length + slow.asked.length
    await pause(20)
  }
  expect(quick.asked.length).toBeGreaterThan(32)
  expect(quick.asked.length * size).toBeLessThanOrEqual(16 * 1024 * 1024)
  release()
  const { printed } = await first
  expect(heights(printed)).toEqual(upTo(64))
})

describe('peers that do not give what they have', () => {
  test('one that fails is asked for nothing more, and what it was asked for others give', async () => {
    const [bad, good] = [new Giver('bad', failing('it hung up')), new Giver('good')]
    const download = open([bad, good], { end: 500 })
    expect(await takeAll(download, { end: 500 })).toEqual(upTo(500))
    expect(bad.asked.length).toBeLessThanOrEqual(2)
    expect([...download.failures].map(([peer, { message }]) => [peer.address, message])).toEqual([
      ['bad', 'it hung up'],
    ])
  })

  test('one that has none of the blocks', async () => {
    const download = open([new Giver('empty', async () => []), new Giver('good')], { end: 500 })
    expect(await takeAll(download, { end: 500 })).toEqual(upTo(500))
    expect([...download.failures.values()].map(({ message }) => message)).toEqual([
      'it gave the header of block 1, and not the block',
    ])
  })

  test('one that is silent: after a while its pages are asked of another', async () => {
    const [silent, good] = [new Giver('silent', never), new Giver('good')]
    const download = open([silent, good], { end: 3_000 })
    expect(await takeAll(download, { end: 3_000 })).toEqual(upTo(3_000))
    // It may yet answer, where nobody else does.
    expect(download.failures.size).toBe(0)
    expect(silent.asked.length).toBeLessThanOrEqual(3)
  })

  test('one that all others waited for is asked again where these fail', async () => {
    let asked = 0
    const late = new Giver('late', (range, signal) => (++asked === 1 ? never(range, signal) : promptly(range, signal)))
    let hasHelped = false
    const brief = new Giver('brief', async (range) => {
      if (hasHelped) throw new SourceError('unreachable', 'it hung up')
      hasHelped = range.from === 1
      return texts(range)
    })
    expect(await takeAll(open([late, brief], { end: 300_000 }), { end: 300_000 })).toEqual(upTo(300_000))
    expect(hasHelped).toBe(true)
  })

  test('what is refused of a page is asked of another peer', async () => {
    const download = open([new Giver('a'), new Giver('b')], { end: 100 })
    const page = await download.next()
    const why = new SourceError('no-chain', 'not what its header says')
    download.refuse(page, page.from + 10, why)
    expect(await takeAll(download, { from: page.from + 10, end: 100 })).toEqual(upTo(100, page.from + 10))
    expect([...download.failures]).toEqual([[page.peer, why]])
  })

  test('where nobody is left, it ends with what the last one failed with', async () => {
    const download = open([new Giver('a', failing('first')), new Giver('b', failing('second'))], { end: 10 })
    await expect(download.next()).rejects.toThrow('second')
    expect(download.failures.size).toBe(2)
  })

  test('where nobody is left who has the next block', async () => {
    const short = { peer: new Giver('short'), upTo: 40 }
    const download = open([short, { peer: new Giver('long', failing('gone')), upTo: 100 }], { end: 100 })
    const taken: number[] = []
    const take = async (): Promise<never> => {
      for (;;) taken.push(...heights((await download.next()).printed))
    }
    await expect(take()).rejects.toThrow('gone')
    expect(taken).toEqual(upTo(40))
  })

  test('a mistake of the program is no fault of a peer', async () => {
    const broken = new Giver('broken', async () => {
      throw new TypeError('a mistake')
    })
    const download = open([broken, new Giver('silent', never)], { end: 10 })
    await expect(download.next()).rejects.toThrow(TypeError)
    expect(download.failures.size).toBe(0)
  })
})

test('of many peers eight are asked at a time, and the others where these fail', async () => {
  const failed = Array.from({ length: 8 }, (_, i) => new Giver(`bad ${i}`, failing('gone')))
  const silent = Array.from({ length: 9 }, (_, i) => new Giver(`silent ${i}`, never))
  const download = open([...failed, ...silent], { end: 100_000 })
  const next = download.next()
  next.catch(() => {})
  await pause(10)
  expect(failed.every(({ asked }) => asked.length > 0)).toBe(true)
  expect(silent.map(({ inFlight }) => inFlight)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 0])
})

test('the signal ends the waiting, with its reason, and what is under way', async () => {
  const stop = new AbortController()
  const silent = new Giver('silent', never)
  const download = open([silent], { end: 10, signal: stop.signal })
  const next = download.next()
  stop.abort(new Error('that is enough'))
  await expect(next).rejects.toThrow('that is enough')
  await pause(0)
  expect(silent.inFlight).toBe(0)
})

test('whatever peers do, all blocks come once and in their order, as long as one peer gives them', async () => {
  const behaviour = fc.record({
    kind: fc.constantFrom('prompt', 'late', 'short', 'empty', 'silent', 'breaking' as const),
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    ms: fc.nat(8),
    after: fc.nat(4),
  })
  const scenario = fc.record({ others: fc.array(behaviour, { maxLength: 5 }), end: fc.integer({ min: 1, max: 1_500 }) })
  const property = fc.asyncProperty(scenario, async ({ others, end }) => {
    const givers = others.map(({ kind, share, ms, after }, i) => {
      let given = 0
      const give: Give = async (range, signal) => {
        if (kind === 'silent' && given++ >= after) return never(range, signal)
        if (kind === 'breaking' && given++ >= after) throw new SourceError('unreachable', 'gone')
        if (kind === 'empty') return []
        if (kind === 'late') await pause(ms)
        return kind === 'short' ? texts({ ...range, limit: Math.ceil(range.limit * share) }) : texts(range)
      }
      return { peer: new Giver(`${i}`, give), upTo: Math.ceil(end * share) }
    })
    const sources = [...givers, { peer: new Giver('good'), upTo: end }]
    const signal = new AbortController().signal
    const download = new BlockDownload(sources, { from: 1, end, stallMs: 5, signal })
    expect(await takeAll(download, { end })).toEqual(upTo(end))
    download.close()
    for (const { peer } of sources) expect(peer.mostInFlight).toBeLessThanOrEqual(2)
  })
  await fc.assert(property, { numRuns: 100 })
})
