import autocannon from 'autocannon'
import { homeOf } from './homes.js'
import { alternate } from './measure.js'
import { ServerProcess } from './node-process.js'
import { atLeast, atMost, type Row } from './report.js'
import { beside } from './workshop.js'

const CONNECTIONS = 10
const ROUNDS = 5
const SLICE_SECONDS = 2

const MINERS = 4
const MINING_SECONDS = 10
const ASKED_PER_SECOND = 200

/** `GET /api/status`: how many answers a second, and how late they are while the node mines. */
export async function statusRate(): Promise<Row[]> {
  const python = await ServerProcess.start('python3', [beside('python_server.py')])
  const node = await ServerProcess.chain(await homeOf(1))
  try {
    return [await rate(node, python), await lateness(node)]
  } finally {
    await Promise.all([node.stop(), python.stop()])
  }
}

async function rate(node: ServerProcess, python: ServerProcess): Promise<Row> {
  const ask = async ({ url }: ServerProcess): Promise<number> => {
    const path = `${url}/api/status`
    const { requests, errors, non2xx } = await autocannon({
      url: path,
      connections: CONNECTIONS,
      duration: SLICE_SECONDS,
    })
    if (errors + non2xx > 0) throw new Error(`${path}: ${errors} errors, ${non2xx} other answers`)
    return requests.average
  }
  await ask(node)
  await ask(python)
  const { ours, baseline } = await alternate(ROUNDS, { ours: () => ask(node), baseline: () => ask(python) })
  const ratio = ours / baseline
  return {
    what: `status on ${CONNECTIONS} connections`,
    unit: 'answers/s',
    ours,
    baseline,
    ratio,
    target: atLeast(ratio, 10, '10 x Python'),
    note: "baseline: a thread for each connection of Python's http.server, kept open",
  }
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
