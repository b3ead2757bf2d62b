import { Counter, collectDefaultMetrics, Gauge, Histogram, register as ofProcess, Registry } from 'prom-client'
import type { Activity, ServedNode } from '../api/node-api.js'
import type { NodeStatus } from '../api/schemas.js'

/** What the figures are taken from. */
export interface Measured {
  readonly api: Pick<ServedNode, 'status' | 'activity'>
  readonly openStreams: () => number
}

export interface AnsweredCall {
  readonly method: string
  /** The path with the names of its parameters: of these there are few. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

interface Moment {
  readonly status: NodeStatus
  readonly activity: Activity
  readonly openStreams: number
}

type Figures = Readonly<Record<string, [help: string, read: (now: Moment) => number]>>

const GAUGES: Figures = {
  chain_length: ['Blocks in the chain.', ({ status }) => status.length],
  chain_pending_transactions: ['Transactions that wait for a block.', ({ status }) => status.pending],
  chain_peers: ['Registered peers.', ({ status }) => status.peers],
  chain_event_streams: ['Open streams of events.', ({ openStreams }) => openStreams],
}

const COUNTERS: Figures = {
  chain_blocks_mined_total: ['Blocks that were mined here.', ({ activity }) => activity.blocksMined],
  chain_replacements_total: [
    "Times that the chain of a peer, or part of it, became this node's.",
    ({ activity }) => activity.chainReplacements,
  ],
  chain_hashes_total: ['Hashes of all searches for a proof.', ({ activity }) => activity.hashes],
}

const DURATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60]

/** The figures of a server and its node, for Prometheus; counters begin when the node is opened. */
export class Metrics {
  readonly #measured: Measured
  readonly #registry = new Registry()
  readonly #info: Gauge
  readonly #durations: Histogram
  #now: Moment | undefined

  constructor(measured: Measured) {
    this.#measured = measured
    const registers = [this.#registry]
    this.#info = new Gauge({
      name: 'chain_info',
      help: 'Of which network and version the node is; always 1.',
      labelNames: ['network', 'version'],
      registers,
    })
    for (const [name, [help, read]] of Object.entries(GAUGES)) {
      const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read(this.#now!)) })
    }
    for (const [name, [help, read]] of Object.entries(COUNTERS)) {
      const collect = (): void => {
        counter.reset()
        counter.inc(read(this.#now!))
      }
      const counter: Counter = new Counter({ name, help, registers, collect })
    }
    this.#durations = new Histogram({
      name: 'chain_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS,
      registers,
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  note({ method, route, status, seconds }: AnsweredCall): void {
    this.#durations.observe({ method, route, status }, seconds)
  }

  /** All figures, in Prometheus' text format. */
  async text(): Promise<string> {
    const { api, openStreams } = this.#measured
    const status = await api.status()
    this.#now = { status, activity: api.activity(), openStreams: openStreams() }
    this.#info.set({ network: status.network, version: status.version }, 1)
    return (await Promise.all([this.#registry.metrics(), processFigures().metrics()])).join('\n')
  }
}

/**
 * The figures of the process, which all its servers share: what takes them runs from the first scrape on as long as the process does,
 * and cannot be stopped.
 */
function processFigures(): Registry {
  if (ofProcess.getMetricsAsArray().length === 0) collectDefaultMetrics()
  return ofProcess
}
