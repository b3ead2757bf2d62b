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
  const node = await ServerProcess.chain(temporaryFolder())
  try {
    return [...(await rates(node, python, bare)), await lateness(node)]
  } finally {
    await Promise.all([node.stop(), python.stop(), bare.stop()])
  }
}

async function rates(node: ServerProcess, python: ServerProcess, bare: ServerProcess): Promise<Row[]> {
  const perProcessorSecond = { node: 0, python: 0, bare: 0 }
  const ask = async (
    name: 'node' | 'python' | 'bare',
    server: ServerProcess,
    path = '/api/status',
  ): Promise<number> => {
    const url = `${server.url}${path}`
    const before = server.processorSeconds()
    const { rate, answers } = await rateOf(url, { connections: CONNECTIONS, seconds: SLICE_SECONDS })
    perProcessorSecond[name] = answers / (server.processorSeconds() - before)
    return rate
  }
  // A node in Python has no status; its chain of one block is what it answers soonest.
  const askPython = (): Promise<number> => ask('python', python, '/chain')
  // All are slower at first.
  await ask('node', node)
  await askPython()
  await ask('bare', bare)
  const wall = await alternate(ROUNDS, { ours: () => ask('node', node), baseline: askPython })
  const ratio = wall.ours / wall.baseline
  const againstBare = await alternate(ROUNDS, { ours: () => ask('node', node), baseline: () => ask('bare', bare) })
  return [
    {
      what: `status on ${CONNECTIONS} connections`,
      unit: 'answers/s',
      ...wall,
      ratio,
      target: atLeast(ratio, 10, '10 x Python'),
      note: 'baseline: the node of test/interop, GET /chain of one block; a connection each, as http.server does by default',
    },
    {
      what: 'the same against a bare server',
      unit: 'answers/s',
      ...againstBare,
      ratio: againstBare.ours / againstBare.baseline,
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
