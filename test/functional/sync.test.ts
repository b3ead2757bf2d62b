import { expect, test } from 'vitest'
import type { NodeEvent, SyncProgress } from '../../src/api/schemas.js'
import { networkNamed } from '../../src/consensus/networks.js'
import type { Block } from '../../src/consensus/rules.js'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import type { Node } from '../../src/node/node.js'
import { printJsonBytes, readCanonicalJson } from '../../src/primitives/json/value.js'
import { type Change, headerText, type PlainPeer, servePlainPeer } from '../support/plain-peer.js'
import { DEV_RULES, decodeSecure, Holder, nextBlock, secureChain } from '../support/secure.js'
import { connect, hashesOf, openNode, openServed, type TestNodeOptions } from '../support/test-node.js'

/** Blocks come from several peers at once, and what one of them does wrong keeps nobody from the blocks of the others. */

const network = networkNamed('dev')!
const [alice, bob] = [new Holder(1), new Holder(2)]
const chainOf = (length: number, parent = DEV_RULES.genesis(), miner = alice): SecureBlock[] =>
  secureChain(
    parent,
    Array.from({ length }, () => ({ miner: miner.address })),
  )
const common = chainOf(3_000)
const hashes = [DEV_RULES.genesis(), ...common].map(({ hash }) => hash)
const LIMITS = { firstByteMs: 2_000, answerMs: 4_000, stallMs: 100 }

const open = (options: TestNodeOptions = {}): Promise<Node<Block>> => openNode({ network, limits: LIMITS, ...options })

async function resolveFrom(node: Node<Block>, peers: readonly { address: string }[]) {
  await node.addPeers(peers.map(({ address }) => `http://${address}`))
  const resolution = await node.resolve()
  const verdicts = peers.map(({ address }) => resolution.verdicts.find(({ peer }) => peer === address)!)
  return { ...resolution, verdicts, outcomes: verdicts.map(({ outcome }) => outcome) }
}

const blocksAsked = ({ asked }: PlainPeer): number[] =>
  asked
    .filter(({ path }) => path === '/api/blocks')
    .flatMap(({ from, limit }) => Array.from({ length: Math.min(limit, 3_002 - from) }, (_, i) => from + i))
const headersAsked = ({ asked }: PlainPeer) => asked.filter(({ path }) => path === '/api/headers')

test('peers of the same chain share the work: each block is asked for once, and whole headers of four peers at most', async () => {
  const peers = await Promise.all(Array.from({ length: 6 }, () => servePlainPeer(common)))
  // A page that takes long on a busy machine would be asked of another peer as well.
  const node = await open({ limits: { ...LIMITS, stallMs: 60_000 } })
  const { outcomes, length } = await resolveFrom(node, peers)
  expect([length, outcomes]).toEqual([3_001, Array(6).fill('adopted')])
  expect(await hashesOf(node)).toEqual(hashes)
  const asked = peers.map(blocksAsked)
  expect(asked.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 2))
  expect(asked.filter((blocks) => blocks.length > 0).length).toBeGreaterThan(1)
  const readers = peers.filter((peer) => headersAsked(peer).some(({ limit }) => limit > 1))
  expect(readers.length).toBeLessThanOrEqual(4)
})

test('peers that are behind give what they have', async () => {
  const peers = [await servePlainPeer(common.slice(0, 1_000)), await servePlainPeer(common)]
  const { verdicts, length } = await resolveFrom(await open(), peers)
  expect(length).toBe(3_001)
  expect(verdicts[0]).toMatchObject({ outcome: 'shorter', message: 'it has 1001 blocks, which are part of ours now' })
  expect(verdicts[1]).toMatchObject({ outcome: 'adopted', message: 'its 3001 blocks replaced our 1' })
  expect(blocksAsked(peers[0]!).length).toBeGreaterThan(0)
  expect(Math.max(...blocksAsked(peers[0]!))).toBeLessThanOrEqual(1_001)
})

test('a peer that is silent when it is asked for blocks is not waited for', async () => {
  const silent = await servePlainPeer(common, (path, _from, answer) => (path === '/api/blocks' ? 'silent' : answer))
  // Each waiting would take longer than the whole test may.
  const node = await open({ limits: { firstByteMs: 60_000, answerMs: 60_000, stallMs: 50 } })
  const { outcomes, length } = await resolveFrom(node, [silent, await servePlainPeer(common)])
  expect([length, outcomes]).toEqual([3_001, ['adopted', 'adopted']])
})

/** Changes the text of one block wherever it is given. */
const withBlock =
  (height: number, change: (text: string) => string): Change =>
  (path, from, answer) => {
    if (path !== '/api/blocks') return answer
    const blocks = (answer.blocks as { height: number }[]).map((listed) =>
      listed.height === height ? JSON.parse(change(JSON.stringify(listed))) : listed,
    )
    return from > height ? answer : { ...answer, blocks }
  }

test('a body that is not that of its header is asked of another peer; who gave it is not asked for an hour', async () => {
  const worse = withBlock(500, (text) => text.replace(alice.address, bob.address))
  let release = (): void => {}
  const isGiven = new Promise<void>((resolve) => {
    release = resolve
  })
  const giving: Change = (path, from, answer) => {
    if (path === '/api/blocks' && (answer.blocks as { height: number }[]).some(({ height }) => height === 500))
      release()
    return worse(path, from, answer)
  }
  const bad = [await servePlainPeer(common, giving), await servePlainPeer(common, giving)]
  // Or it would be so quick as to give all of them itself.
  const good = await servePlainPeer(common, async (path, _from, answer) => {
    if (path === '/api/blocks') await isGiven
    return answer
  })
  const node = await open()
  const first = await resolveFrom(node, [...bad, good])
  expect(first.length).toBe(3_001)
  const banned = bad.filter((_, i) => first.outcomes[i] === 'invalid')
  // Whichever of them came to be asked for that block; the good one gave it in the end.
  expect(banned.length).toBeGreaterThan(0)
  expect(first.verdicts.find(({ outcome }) => outcome === 'invalid')?.message).toMatch(/^block 500: /)

  for (const { asked } of bad) asked.length = 0
  const again = await node.resolve()
  for (const { address, asked } of banned) {
    const verdict = again.verdicts.find(({ peer }) => peer === address)!
    expect(verdict.outcome).toBe('banned')
    expect(verdict.message).toMatch(/^it is not asked for 60 minutes: block 500: /)
    expect(asked).toEqual([])
  }
  expect(again.asked).toBe(3 - banned.length)

  const { address, asked } = banned[0]!
  await node.removePeer(address)
  await node.addPeers([address])
  await node.resolve()
  expect(asked.length).toBeGreaterThan(0)
})

test('a block that can never be valid: what comes before it is adopted, and all who have it are at fault, by its header alone', async () => {
  const start = common.slice(0, 400)
  const forged = { ...alice.pay(bob.address), signature: '00'.repeat(64) }
  const bad = decodeSecure(nextBlock(start.at(-1)!, { miner: alice.address, transfers: [forged] }))
  const chain = [...start, bad, ...chainOf(50, bad)]
  const peers = [await servePlainPeer(chain), await servePlainPeer(chain)]
  const node = await open()
  const { verdicts, length, replaced } = await resolveFrom(node, peers)
  expect([replaced, length]).toEqual([true, 401])
  for (const verdict of verdicts) expect(verdict).toMatchObject({ outcome: 'invalid', block: 402 })

  const third = await servePlainPeer(chain)
  const { verdicts: later } = await resolveFrom(node, [third])
  expect(later[0]).toMatchObject({ outcome: 'invalid', block: 402 })
  expect(blocksAsked(third)).toEqual([])
  expect((await node.resolve()).verdicts.map(({ outcome }) => outcome)).toEqual(['banned', 'banned', 'banned'])
})

test('a block that the ledger refuses: the same, and who has only what comes before it is not at fault', async () => {
  const start = common.slice(0, 300)
  const tooMuch = bob.pay(alice.address, { amount: 1_000 })
  const bad = decodeSecure(nextBlock(start.at(-1)!, { miner: alice.address, transfers: [tooMuch] }))
  const chain = [...start, bad, ...chainOf(10, bad)]
  const peers = [await servePlainPeer(chain), await servePlainPeer(start)]
  const node = await open()
  const { verdicts, length } = await resolveFrom(node, peers)
  expect(length).toBe(301)
  expect(verdicts[0]).toMatchObject({ outcome: 'invalid', block: 302, message: expect.stringContaining('block 302: ') })
  expect(verdicts[1]).toMatchObject({ outcome: 'adopted' })
  expect((await node.resolve()).verdicts.map(({ outcome }) => outcome).sort()).toEqual(['banned', 'equal'])
})

test('where the chain of the most work cannot be had, the next one is followed', async () => {
  const other = chainOf(40, DEV_RULES.genesis(), bob)
  const mute = await servePlainPeer(common, (path, _from, answer) => (path === '/api/blocks' ? 503 : answer))
  const peers = [mute, await servePlainPeer(other), await servePlainPeer(other)]
  const { outcomes, length } = await resolveFrom(await open(), peers)
  expect([length, outcomes]).toEqual([41, ['no-chain', 'adopted', 'adopted']])
})

test('a header ahead of our clock spoils nothing: what comes before it is adopted, and nobody is banned', async () => {
  const start = common.slice(0, 20)
  const now = Math.floor(Date.now() / 1000)
  const ahead = decodeSecure(nextBlock(start.at(-1)!, { miner: alice.address, fields: { timestamp: now + 200_000 } }))
  const node = await open()
  const peer = await servePlainPeer([...start, ahead])
  const { verdicts, length } = await resolveFrom(node, [peer])
  expect(length).toBe(21)
  expect(verdicts[0]).toMatchObject({ outcome: 'adopted', message: expect.stringMatching(/; block 22: .*ahead/) })
  expect((await node.resolve()).verdicts[0]?.outcome).toBe('invalid')
  expect((await node.resolve()).verdicts[0]?.outcome).toBe('invalid')
})

test('of headers there is room for so many: a longer chain comes in parts, and of two the one with less work waits', async () => {
  const headerBytes = 50_000
  const node = await open({ limits: { ...LIMITS, headerBytes } })
  const peer = await servePlainPeer(common)
  const { verdicts, length } = await resolveFrom(node, [peer])
  expect(length).toBe(2_001)
  const message = '2001 of its 3001 blocks replaced our 1; the rest is for the next time'
  expect(verdicts[0]).toMatchObject({ outcome: 'adopted', length: 3_001, message })
  expect((await node.resolve()).length).toBe(3_001)

  const other = await servePlainPeer(chainOf(1_000, DEV_RULES.genesis(), bob))
  const { outcomes } = await resolveFrom(await open({ limits: { ...LIMITS, headerBytes } }), [peer, other])
  expect(outcomes).toEqual(['adopted', 'outdone'])
})

test('progress is told to who asked, to those who follow the events, and in the status', async () => {
  const { node, url } = await openServed({ network, limits: LIMITS })
  const api = connect(url)
  const stop = new AbortController()
  const events: NodeEvent[] = []
  const following = (async () => {
    for await (const { event } of api.events({ signal: stop.signal })) events.push(event)
  })()
  following.catch(() => {})
  const heard: SyncProgress[] = []
  let status: Promise<unknown> | undefined
  await node.addPeers([(await servePlainPeer(common)).address])
  await node.resolve({
    onProgress: (progress) => {
      heard.push(progress)
      status ??= node.status()
    },
  })
  expect(heard.length).toBeGreaterThan(2)
  expect(heard.map(({ blocks }) => blocks)).toEqual(heard.map(({ blocks }) => blocks).sort((a, b) => a - b))
  expect(heard.at(-1)).toEqual({ blocks: 3_000, total: 3_000 })
  expect(await status).toMatchObject({ syncing: heard[0] })
  expect(await node.status()).toMatchObject({ syncing: null })
  const told = () => events.filter((event) => event.type === 'syncing').map(({ progress }) => progress)
  await expect.poll(() => told().at(-1)).toBeNull()
  expect(told().length).toBeGreaterThan(1)
  stop.abort()
})

test('a remote client is told of progress, too', async () => {
  const { url, node } = await openServed({ network, limits: { firstByteMs: 60_000, answerMs: 60_000 } })
  const heard: SyncProgress[] = []
  let release = (): void => {}
  const isHeard = new Promise<void>((resolve) => {
    release = resolve
  })
  // It asks every now and then: the end is kept back until it has.
  const peer = await servePlainPeer(common, async (path, from, answer) => {
    if (path === '/api/blocks' && from > 100) await isHeard
    return answer
  })
  await node.addPeers([peer.address])
  const onProgress = (progress: SyncProgress): void => {
    heard.push(progress)
    release()
  }
  expect(await connect(url).resolve({ onProgress })).toMatchObject({ length: 3_001 })
  expect(heard[0]).toMatchObject({ total: 3_000 })
  expect(heard[0]!.blocks).toBeLessThan(3_000)
})

test('what was adopted of a sync that is interrupted stays, and is not fetched again', async () => {
  const peer = await servePlainPeer(common, (path, from, answer) => {
    if (path !== '/api/blocks') return answer
    return from > 2_600 ? 'silent' : { ...answer, blocks: (answer.blocks as unknown[]).slice(0, 100) }
  })
  const node = await open({ limits: { firstByteMs: 60_000, answerMs: 60_000 } })
  await node.addPeers([peer.address])
  const stop = new AbortController()
  const interrupted = node.resolve({
    signal: stop.signal,
    onProgress: ({ blocks }) => {
      if (blocks > 2_200) stop.abort(new Error('enough'))
    },
  })
  await expect(interrupted).rejects.toThrow('enough')
  const { length } = await node.status()
  expect(length).toBeGreaterThanOrEqual(2_001)
  const good = await servePlainPeer(common)
  await node.removePeer(peer.address)
  expect(await resolveFrom(node, [good])).toMatchObject({ forkedAt: length, length: 3_001 })
  expect(Math.min(...blocksAsked(good))).toBe(length + 1)
})

test('a block of our own that comes while blocks are fetched gives way to more work, and what it held is pending again', async () => {
  const start = common.slice(0, 10)
  const node = await open()
  for (const { encoded } of start) await node.submitBlock(readCanonicalJson(encoded))
  const payment = alice.pay(bob.address)
  const own = decodeSecure(nextBlock(start.at(-1)!, { miner: bob.address, transfers: [payment] }))
  let isOffered = false
  const peer = await servePlainPeer(common.slice(0, 100))
  await node.addPeers([peer.address])
  let offered: Promise<unknown> | undefined
  const { length, verdicts, returned } = await node.resolve({
    onProgress: () => {
      if (!isOffered) offered = node.submitBlock(readCanonicalJson(own.encoded))
      isOffered = true
    },
  })
  expect(await offered).toMatchObject({ outcome: 'active' })
  expect([length, verdicts[0]?.outcome, returned]).toEqual([101, 'adopted', 1])
  const { transactions } = await node.pending({ limit: 1 })
  expect(transactions.map((each) => JSON.parse(Buffer.from(printJsonBytes(each)).toString()))).toEqual([payment])
})

test('the clocks of the peers are compared with ours: the median counts', async () => {
  const [slow, fast, wild] = [
    await servePlainPeer([], undefined, 40),
    await servePlainPeer([], undefined, 50),
    await servePlainPeer([], undefined, 1_000_000),
  ]
  const node = await open()
  expect((await node.resolve()).clockAhead).toBeNull()
  expect(Math.abs((await resolveFrom(node, [slow])).clockAhead! - 40)).toBeLessThanOrEqual(2)
  expect(Math.abs((await resolveFrom(node, [slow, fast, wild])).clockAhead! - 50)).toBeLessThanOrEqual(2)
})

test('headers that are no answer to what was asked are refused', async () => {
  // One more than was asked for is left out; the wrong ones are not taken for the right ones.
  const shifted = await servePlainPeer(common, (path, from, answer) =>
    path === '/api/headers' && from > 1
      ? { ...answer, headers: common.slice(from - 1, from + 9).map(headerText) }
      : answer,
  )
  const { outcomes, length } = await resolveFrom(await open(), [shifted, await servePlainPeer(common.slice(0, 5))])
  expect([length, outcomes]).toEqual([6, ['invalid', 'adopted']])
})
