import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Resolution } from '../../src/api/schemas.js'
import { ServerProcess } from '../bench/node-process.js'
import { atMost, printRows, type Row } from '../bench/report.js'
import { say, temporaryFolder } from '../bench/workshop.js'
import { buildChain } from '../support/chains.js'
import { hostileKinds, startOneByteChunks } from '../support/hostile-kinds.js'
import type { PeerServer } from '../support/peer-server.js'

const ZEROS = 4
const OURS = 3
/** Blocks by which the good peer is ahead. */
const LEAD = 5
const PEERS = 64
const STATUS_EVERY_MS = 100

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

export interface HostilePeersOptions {
  /** Names of scenarios; by default all. */
  readonly scenarios?: readonly string[]
}

/**
 * Has a node in a process of its own resolve among bad peers, and measures what that costs it.
 * @throws Error where the good peer's chain was not adopted
 */
export async function hostilePeers({ scenarios = Object.keys(SCENARIOS) }: HostilePeersOptions = {}): Promise<Row[]> {
  // The peers find the proofs of their chains before anybody waits for them.
  buildChain({ length: 120, zeros: ZEROS })
  const rows: Row[] = []
  for (const name of scenarios) {
    const kinds = SCENARIOS[name]
    if (kinds === undefined) throw new Error(`there are: ${Object.keys(SCENARIOS).join(', ')}; no ${name}`)
    say(`${kinds.length} bad peers: ${name}`)
    rows.push(...(await resolveAmong(name, kinds)))
  }
  return rows
}

async function resolveAmong(name: string, kinds: readonly (() => Promise<PeerServer>)[]): Promise<Row[]> {
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
    if (!replaced) throw new Error(`${name}: the good chain was not adopted: ${JSON.stringify(verdicts.at(-1))}`)
    const growth = node.peakResident() - before
    return [
      {
        what: `${name}: the resolve`,
        unit: 's',
        ours: seconds,
        target: atMost(seconds, 35, '35 s'),
        note: tally(verdicts.map(({ outcome }) => outcome)),
      },
      { what: `${name}: memory`, unit: 'MiB', ours: growth, target: atMost(growth, 200, '200 MiB') },
      { what: `${name}: slowest status meanwhile`, unit: 'ms', ours: slowestMs },
    ]
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

function tally(outcomes: readonly string[]): string {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals } = parseArgs({ allowPositionals: true })
  printRows('a resolve among bad peers', await hostilePeers(positionals.length > 0 ? { scenarios: positionals } : {}))
}
