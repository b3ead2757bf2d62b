import type { ServerResponse } from 'node:http'
import { setInterval, setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { networkNamed } from '../../src/consensus/networks.js'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import { readCanonicalJson } from '../../src/primitives/json/value.js'
import { hostileKinds } from '../support/hostile-kinds.js'
import { type Change, servePlainPeer } from '../support/plain-peer.js'
import { get } from '../support/raw-http.js'
import { DEV_RULES, Holder, secureChain } from '../support/secure.js'
import { openNode, openServed } from '../support/test-node.js'

/** A secure node follows good peers among bad ones, with a tenth of the time that it has elsewhere. */

const network = networkNamed('dev')!
const LIMITS = {
  firstByteMs: 500,
  pace: { bytes: 16 * 1024, ms: 500 },
  answerMs: 3_000,
  surveyMs: 3_000,
  stallMs: 200,
  blocksMs: 10_000,
}
const [alice, bob] = [new Holder(1), new Holder(2)]
const chainOf = (length: number, miner: Holder): SecureBlock[] =>
  secureChain(
    DEV_RULES.genesis(),
    Array.from({ length }, () => ({ miner: miner.address })),
  )
const [good, heavier] = [chainOf(300, alice), chainOf(400, bob)]

const atBlocks =
  (change: Change): Change =>
  (path, from, answer) =>
    path === '/api/blocks' ? change(path, from, answer) : answer

/** What peers do that give the headers of a chain, and not the blocks as they are. */
const AT_BLOCKS: Readonly<Record<string, Change>> = {
  silent: () => 'silent',
  'an error': () => 500,
  'too many requests, for ever': () => 429,
  'no JSON': () => '<html>',
  'no blocks': (_path, _from, answer) => ({ ...answer, blocks: [] }),
  'a million empty lists': (_path, _from, answer) => ({ ...answer, blocks: Array(1_000_000).fill([]) }),
  'other blocks': (_path, _from, answer) => ({ ...answer, blocks: [{ block: JSON.parse(textOf(heavier[7]!)) }] }),
  'a byte every now and then': () => (response: ServerResponse) => void trickle(response, ' ', 100),
  'white space without end': () => (response: ServerResponse) => void trickle(response, ' '.repeat(100_000), 1),
  'hangs up': () => (response: ServerResponse) => response.destroy(),
  'rewards that were changed': (_path, _from, answer) =>
    JSON.stringify(answer).replaceAll('"amount":5000000000', '"amount":5000000001'),
  'each block by itself, and late': async (_path, _from, answer) => {
    await setTimeout(100)
    return { ...answer, blocks: (answer.blocks as unknown[]).slice(0, 1) }
  },
}

function textOf({ encoded }: SecureBlock): string {
  return Buffer.from(encoded).toString()
}

async function trickle(response: ServerResponse, text: string, ms: number): Promise<void> {
  response.on('error', () => {}).writeHead(200, { 'Content-Type': 'application/json' })
  for await (const _ of setInterval(ms)) {
    if (response.destroyed) return
    response.write(text)
  }
}

test('whatever others do who say that they have the same chain: the blocks come from the one that gives them', async () => {
  const bad = await Promise.all(Object.values(AT_BLOCKS).map((change) => servePlainPeer(good, atBlocks(change))))
  const peer = await servePlainPeer(good)
  const { node, port } = await openServed({ network, limits: LIMITS })
  await node.addPeers([...bad, peer].map(({ address }) => address))
  const over = new AbortController()
  const resolving = node.resolve().finally(() => over.abort())
  for await (const _ of setInterval(100)) {
    if (over.signal.aborted) break
    expect((await get(port, '/api/status')).status).toBe(200)
  }
  const { verdicts, length } = await resolving
  expect(length).toBe(301)
  expect(verdicts.find((each) => each.peer === peer.address)?.outcome).toBe('adopted')
  const { address } = bad[Object.keys(AT_BLOCKS).indexOf('rewards that were changed')]!
  expect(verdicts.find((each) => each.peer === address)?.outcome).toMatch(/^(invalid|adopted)$/)
})

test.each(Object.entries(AT_BLOCKS))(
  'a heavier chain whose blocks do not come, %s: the one that can be had is adopted, in a bounded time',
  async (_what, change) => {
    const [bad, peer] = [await servePlainPeer(heavier, atBlocks(change)), await servePlainPeer(good)]
    const node = await openNode({ network, limits: LIMITS })
    await node.addPeers([bad.address, peer.address])
    const begin = performance.now()
    const { verdicts, length } = await node.resolve()
    expect(performance.now() - begin).toBeLessThan(2 * LIMITS.surveyMs + LIMITS.answerMs)
    expect(length).toBe(301)
    const outcome = (address: string) => verdicts.find((each) => each.peer === address)?.outcome
    expect(outcome(peer.address)).toBe('adopted')
    expect(outcome(bad.address)).not.toBe('adopted')
  },
)

test('who comes to have more while another gives its blocks slowly does not wait for the end of that', async () => {
  const slow = await servePlainPeer(
    heavier,
    atBlocks(async (_path, _from, answer) => {
      await setTimeout(100)
      return { ...answer, blocks: (answer.blocks as unknown[]).slice(0, 1) }
    }),
  )
  const { node: honest, address } = await openServed({ network })
  const node = await openNode({
    network,
    limits: { ...LIMITS, firstByteMs: 30_000, answerMs: 30_000, surveyMs: 1_000, blocksMs: 60_000 },
  })
  await node.addPeers([slow.address, address])
  const resolving = node.resolve()
  for (const { encoded } of good) await honest.submitBlock(readCanonicalJson(encoded))
  const { verdicts, length } = await resolving
  expect(length).toBe(301)
  const outcomes = new Map(verdicts.map(({ peer, outcome }) => [peer, outcome]))
  expect([outcomes.get(slow.address), outcomes.get(address)]).toEqual(['outdone', 'adopted'])
})

test('among every kind of peer that gives no headers, the good one is adopted, and each is named with its fault', async () => {
  const kinds = Object.values(hostileKinds({ zeros: 2, ours: 3 }))
  const bad = await Promise.all(kinds.map(({ start }) => start()))
  for (const { close } of bad) onTestFinished(close)
  const peer = await servePlainPeer(good)
  // Peers are asked in the order of their names.
  const last = peer.address.replace('127.0.0.1', 'localhost')
  const node = await openNode({ network, limits: LIMITS })
  await node.addPeers([...bad.map(({ address }) => address), last])
  const begin = performance.now()
  const { verdicts, length } = await node.resolve()
  expect(performance.now() - begin).toBeLessThan(2 * LIMITS.surveyMs)
  expect(length).toBe(301)
  for (const { peer, outcome, message } of verdicts) {
    expect(outcome).toMatch(peer === last ? 'adopted' : /^(unreachable|too-slow|too-large|no-chain|invalid)$/)
    expect(message).toMatch(/^[ -~]{1,200}$/)
  }
})
