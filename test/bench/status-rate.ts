import autocannon from 'autocannon'
import { rateOf } from './load.js'
import { alternate } from './measure.js'
import { ServerProcess } from './node-process.js'
import { atLeast, atMost, type Row } from './report.js'
import { beside, temporaryFolder } from './workshop.js'

const CONNECTIONS = 10
const ROUNDS = 3
const SLICE_SECONDS = 2

const MINERS = 4
const MINING_SECONDS = 8
const ASKED_PER_SECOND = 200

/** `GET /api/status`: how many answers a second, and how late they are while the node mines. */
export async function statusRate(): Promise<Row[]> {
  const python = await ServerProcess.start('python3', [beside('../interop/python_node.py')])
  const bare = await ServerProcess.start('python3', [beside('python_server.py')])
  const bareNode = await ServerProcess.start(process.execPath, ['--import', 'tsx', beside('bare-server.ts')])
  const node = await ServerProcess.chain(temporaryFolder())
  try {
    return [...(await rates({ node, python, bare, bareNode })), await lateness(node)]
  } finally {
    await Promise.all([node, python, bare, bareNode].map((server) => server.stop()))
  }
}

type Server = 'node' | 'python' | 'bare' | 'bareNode'

async function rates(servers: Readonly<Record<Server, ServerProcess>>): Promise<Row[]> {
  const perProcessorSecond = { node: 0, python: 0, bare: 0, bareNode: 0 }
  const ask = async (name: Server): Promise<number> => {
    const server = servers[name]
    // A node in Python has no status; its chain of one block is what it answers soonest.
    const url = `${server.url}${name === 'python' ? '/chain' : '/api/status'}`
    const before = server.processorSeconds()
    const { rate, answers } = await rateOf(url, { connections: CONNECTIONS, seconds: SLICE_SECONDS })
    perProcessorSecond[name] = answers / (server.processorSeconds() - before)
    return rate
  }
  const samples = {
    node: () => ask('node'),
    python: () => ask('python'),
    bare: () => ask('bare'),
    bareNode: () => ask('bareNode'),
  }
  // All are slower at first.
  await alternate(1, samples)
  const { node, python, bare, bareNode } = await alternate(ROUNDS, samples)
  return [
    {
      what: `status on ${CONNECTIONS} connections`,
      unit: 'answers/s',
      ours: node,
      baseline: python,
      ratio: node / python,
      target: atLeast(node / python, 10, '10 x Python'),
      note: 'baseline: the node of test/interop, GET /chain of one block; a connection each, as http.server does by default',
    },
    {
      what: 'what node:http could reach',
      unit: 'answers/s',
      ours: bareNode,
      baseline: python,
      ratio: bareNode / python,
      note: "not ours, but Node's HTTP server with nothing of a node behind it; the same baseline",
    },
    {
      what: 'status against a bare server',
      unit: 'answers/s',
      ours: node,
      baseline: bare,
      ratio: node / bare,
      note: "baseline: Python's http.server with connections kept open, and nothing of a node behind it",
    },
    {
      what: 'for each second of processor time',
      unit: 'answers/s',
      ours: perProcessorSecond.node,
      baseline: perProcessorSecond.bare,
      ratio: perProcessorSecond.node / perProcessorSecond.bare,
      note: 'against the bare server, in the last round',
    },
  ]
}

async function lateness({ url }: ServerProcess): Promise<Row> {
  let mined = 0
  const until = performance.now() + MINING_SECONDS * 1000
  const mine = async (): Promise<void> => {
    while (performance.now() < until) {
      const answer = await fetch(`${url}/api/mine`, { method: 'POST' })
      if (!answer.ok) throw new Error(`mining: ${answer.status} ${await answer.text()}`)
      await answer.text()
      mined++
    }
  }
  const mining = Promise.all(Array.from({ length: MINERS }, mine))
  const { latency } = await autocannon({
    url: `${url}/api/status`,
    connections: CONNECTIONS,
    duration: MINING_SECONDS,
    overallRate: ASKED_PER_SECOND,
  })
  await mining
  return {
    what: 'p99 of status while mining',
    unit: 'ms',
    ours: latency.p99,
    target: atMost(latency.p99, 50, '50 ms'),
    note: `${ASKED_PER_SECOND} a second; ${MINERS} clients mine, ${mined} blocks; median ${latency.p50} ms, slowest ${latency.max} ms`,
  }
}
