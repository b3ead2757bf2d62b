import { setInterval } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { buildChain, chainAnswer } from '../support/chains.js'
import { type HostileKind, hostileKinds, slowKinds } from '../support/hostile-kinds.js'
import { answering } from '../support/peer-server.js'
import { get } from '../support/raw-http.js'
import { mineBlocks, openServed } from '../support/test-node.js'

/** A resolve among bad peers, with the limits that a node has: 5 s, 30 s, 64 MiB, four at a time. */

vi.setConfig({ testTimeout: 120_000 })

const OURS = 4
const GOOD = buildChain({ length: 8, zeros: 2, time: 1 })

/** Begins peers of these kinds; they are gone after the test. */
async function startAll(kinds: readonly HostileKind[]): Promise<Map<string, HostileKind>> {
  const peers = await Promise.all(kinds.map(({ start }) => start()))
  for (const { close } of peers) onTestFinished(close)
  return new Map(peers.map(({ address }, i) => [address, kinds[i]!]))
}

/** A good peer that is asked last: peers are asked in the order of their names. */
async function lastGoodPeer(): Promise<string> {
  return (await answering(chainAnswer(GOOD))).replace('127.0.0.1', 'localhost')
}

test('every kind of bad peer at once, and a dozen more slow ones: the good one is adopted within 35 s, each is named with its fault', async () => {
  const { node, port } = await openServed({ limits: {} })
  await mineBlocks(node, OURS - 1)
  const slow = Object.values(slowKinds())
  const bad = await startAll([...Object.values(hostileKinds({ zeros: 2, ours: OURS })), ...slow, ...slow])
  const good = await lastGoodPeer()
  await node.addPeers([...bad.keys(), good])

  const begin = performance.now()
  const over = new AbortController()
  const resolving = node.resolve().finally(() => over.abort())
  // It answers others meanwhile.
  for await (const _ of setInterval(200)) {
    if (over.signal.aborted) break
    expect((await get(port, '/api/status')).status).toBe(200)
  }
  const { verdicts, ...report } = await resolving
  // The program's own rule, not the machine's speed: it stops asking after 30 s.
  expect(performance.now() - begin).toBeLessThan(35_000)

  expect(report).toMatchObject({ replaced: true, lengthBefore: OURS, length: 8, asked: bad.size + 1 })
  expect(verdicts.find(({ peer }) => peer === good)).toMatchObject({ outcome: 'adopted', length: 8 })
  for (const { peer, outcome, message } of verdicts) {
    if (peer === good) continue
    expect(`${outcome}: ${message}`).toMatch(bad.get(peer)!.verdict)
    expect(message).toMatch(/^[ -~]{1,200}$/)
  }
})

test('too-slow: where nobody else waits, each has 5 s for its first byte and 16 KiB in every 5 s from then on', async () => {
  const { node } = await openServed({ limits: {} })
  const { silent, 'a byte a second': dripping, 'a KiB a second': crawling } = slowKinds()
  const bad = await startAll([silent!, dripping!, crawling!])
  const good = await lastGoodPeer()
  await node.addPeers([...bad.keys(), good])
  const { verdicts } = await node.resolve()
  expect(verdicts.find(({ peer }) => peer === good)).toMatchObject({ outcome: 'adopted' })
  const messages = [...bad.keys()].map((peer) => verdicts.find((one) => one.peer === peer)!.message)
  const crawls = 'less than 16 KiB of its answer came in 5 s'
  expect(messages).toEqual(['no answer within 5 s', crawls, crawls])
})
