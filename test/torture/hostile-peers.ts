import { setTimeout as delay } from 'node:timers/promises'
import type { Resolution } from '../../src/api/schemas.js'
import { ServerProcess } from '../bench/node-process.js'
import { temporaryFolder } from '../bench/workshop.js'
import { buildChain } from '../support/chains.js'
import { hostileKinds, startOneByteChunks } from '../support/hostile-kinds.js'
import type { PeerServer } from '../support/peer-server.js'
import type { Part, Row, TortureOptions } from './part.js'
import { Tally } from './tally.js'

const ZEROS = 4
const OURS = 3
/** Blocks by which the good peer is ahead. */
const LEAD = 5
const PEERS = 64
const STATUS_EVERY_MS = 100
/** What a resolve may cost. */
const MOST_SECONDS = 35
const MOST_MIB = 200

const KINDS = hostileKinds({ zeros: ZEROS, ours: OURS })
const only = (start: () => Promise<PeerServer>): (() => Promise<PeerServer>)[] => Array(PEERS - 1).fill(start)

/** Who stands beside the one good peer, which is asked last. */
const SCENARIOS: Readonly<Record<string, (() => Promise<PeerServer>)[]>> = {
  'each kind': Object.values(KINDS).map(({ start }) => start),
  silent: only(KINDS.silent!.start),
  'a byte a second': only(KINDS['a byte a second']!.start),
  'keep the pace': only(KINDS['keeps the pace, and never ends']!.start),
  'valid without end': only(KINDS['a valid chain without end']!.start),
  'white space without end': only(KINDS['white space without end']!.start),
  'chunks of one byte': only(startOneByteChunks),
}

/** Has a node in a process of its own resolve among bad peers, and measures what that costs it. */
async function hostilePeers({ cycles, say }: TortureOptions): Promise<Row[]> {
  // The peers find the proofs of their chains before anybody waits for them.
  buildChain({ length: 120, zeros: ZEROS })
  const tally = new Tally()
  for (let cycle = 1; cycle <= cycles; cycle++) {
    for (const [name, kinds] of Object.entries(SCENARIOS)) {
      const what = `${kinds.length} bad peers: ${name}`
      await tally.try(what, `cycle ${cycle}`, async () => say(`${what}: ${await resolveAmong(kinds)}`))
    }
  }
  return tally.rows()
}

/**
 * @returns what it cost
 * @throws Error where that is too much, or the good peer's chain was not adopted
 */
async function resolveAmong(kinds: readonly (() => Promise<PeerServer>)[]): Promise<string> {
  // The good peer has a process of its own: it is not to be kept waiting by what the bad ones do in this one.
  const [node, good] = await Promise.all([
    ServerProcess.chain(temporaryFolder()),
    ServerProcess.chain(temporaryFolder()),
  ])
  const bad = await Promise.all(kinds.map((start) => start()))
  try {
    for (let i = 1; i < OURS; i++) await post(`${node.url}/api/mine`)
    for (let i = 1; i < OURS + LEAD; i++) await post(`${good.url}/api/mine`)
    // Peers are asked in the order of their names.
    const nodes = [...bad.map(({ address }) => address), good.url.replace('127.0.0.1', 'localhost')]
    await post(`${node.url}/nodes/register`, { nodes })
    const before = node.resident()
    node.forgetPeak()
    const begin = performance.now()
    const resolving = post(`${node.url}/api/resolve`) as Promise<Resolution>
    const slowestMs = await slowestStatus(node.url, resolving)
    const { replaced, verdicts } = await resolving
    const seconds = (performance.now() - begin) / 1000
    const grownMiB = node.peakResident() - before
    const cost = `${seconds.toFixed(1)} s, ${grownMiB.toFixed(0)} MiB more, the slowest status took ${slowestMs.toFixed(0)} ms`
    if (!replaced) throw new Error(`the good chain was not adopted: ${JSON.stringify(verdicts.at(-1))}`)
    if (seconds > MOST_SECONDS || grownMiB > MOST_MIB) throw new Error(`too much: ${cost}`)
    return `${cost}; ${tallyOf(verdicts.map(({ outcome }) => outcome))}`
  } finally {
    await Promise.all(bad.map(({ close }) => close()))
    await Promise.all([node.stop(), good.stop()])
  }
}

/** Asks for the status until the work is done. */
async function slowestStatus(url: string, work: Promise<unknown>): Promise<number> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  work.then(end, end)
  let slowest = 0
  while (!isOver) {
    const begin = performance.now()
    await (await fetch(`${url}/api/status`)).text()
    slowest = Math.max(slowest, performance.now() - begin)
    await delay(STATUS_EVERY_MS)
  }
  return slowest
}

function tallyOf(outcomes: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return Array.from(counts, ([outcome, count]) => `${count} ${outcome}`).join(', ')
}

async function post(url: string, body: unknown = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

export const hostilePeersPart: Part = {
  name: 'peers',
  title: 'a resolve among bad peers takes at most 35 s and 200 MiB, and adopts the chain of the good one',
  cycles: 1,
  run: hostilePeers,
}
