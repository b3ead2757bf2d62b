import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ServedNode } from '../../src/api/node-api.js'
import type { ListedBlock } from '../../src/api/schemas.js'
import type { ChainStore } from '../../src/chain/store.js'
import type { Job } from '../../src/consensus/job.js'
import type { Network } from '../../src/consensus/network.js'
import type { Block } from '../../src/consensus/rules.js'
import { tutorialNetwork } from '../../src/consensus/tutorial/network.js'
import { HttpNodeApi } from '../../src/http/http-node-api.js'
import { JsonClient } from '../../src/http/json-client.js'
import { type ServerOptions, serveNode } from '../../src/http/server.js'
import { SearchPool } from '../../src/mining/search-pool.js'
import type { Found, Searcher, SearchOptions } from '../../src/mining/searcher.js'
import { Node } from '../../src/node/node.js'
import { HttpChainSource } from '../../src/peers/http-chain-source.js'
import type { PeerLimits } from '../../src/peers/limits.js'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { MemoryStore } from '../../src/storage/memory-store.js'

/** The article's rules with proofs that take 256 hashes, for tests that need many blocks. */
export const QUICK = network('quick', 2)

/** A search on it never ends by itself. */
export const ENDLESS = network('endless', 60)
export const TUTORIAL = network('tutorial', 4)
export const TUTORIAL_BOUND = network('tutorial-bound', 4, 'bound')

/** Limits for peers that answer at once or never. */
export const SHORT_LIMITS: Partial<PeerLimits> = { firstByteMs: 5_000, answerMs: 5_000, maxBytes: 4 * 1024 * 1024 }

export interface TestNodeOptions {
  readonly network?: Network
  readonly store?: ChainStore
  /** Whether the store has no chain yet. */
  readonly isNew?: boolean
  readonly identity?: string
  readonly limits?: Partial<PeerLimits>
  readonly searcher?: Searcher
  readonly server?: Partial<ServerOptions>
}

export interface Served {
  readonly url: string
  readonly port: number
  /** `host:port`, as peers are registered. */
  readonly address: string
}

/** A node in this process, in memory unless a store is given; it is closed after the test. */
export async function openNode(options: TestNodeOptions = {}): Promise<Node<Block>> {
  const node = await Node.open(
    {
      network: options.network ?? QUICK,
      store: options.store ?? new MemoryStore(),
      identity: options.identity ?? 'miner',
      version: '1.2.3',
      searcher: options.searcher ?? new SearchPool(),
      source: new HttpChainSource(options.limits ?? SHORT_LIMITS),
      // Finer than Date.now(): two nodes of one millisecond would have the same first block.
      now: () => (performance.timeOrigin + performance.now()) / 1000,
    },
    options.isNew ?? true,
  )
  onTestFinished(() => node.close())
  return node
}

/** A node that mines nothing and asks nobody; whoever opens it closes it. */
export function openIdleNode(network: Network, store: ChainStore, isNew: boolean): Promise<Node<Block>> {
  const searcher: Searcher = { search: () => Promise.reject(new Error('it mines nothing')), close: async () => {} }
  return Node.open(
    {
      network,
      store,
      identity: 'idle',
      version: '1.2.3',
      searcher,
      source: new HttpChainSource(SHORT_LIMITS),
      now: () => 1_800_000_000,
    },
    isNew,
  )
}

/** Serves a node on a free port of the loopback, unless the options say otherwise, until the test ends. */
export async function serve(node: ServedNode, options: Partial<ServerOptions> = {}): Promise<Served> {
  const server = await serveNode(node, { host: '127.0.0.1', port: 0, ...options })
  onTestFinished(() => server.close())
  const { host, port } = new URL(server.url)
  return { url: server.url, port: Number(port), address: host }
}

/** Opens a node and serves it. */
export async function openServed(options: TestNodeOptions = {}): Promise<Served & { node: Node<Block> }> {
  const node = await openNode(options)
  return { node, ...(await serve(node, options.server)) }
}

/** A client of a served node. */
export function connect(url: string): HttpNodeApi {
  const api = new HttpNodeApi(new JsonClient(url, { timeoutMs: 10_000 }))
  onTestFinished(() => api.close())
  return api
}

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chain-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A store that a node, or else the end of the test, closes. */
export async function openLevelDb(folder: string): Promise<LevelDbStore> {
  const store = await LevelDbStore.open(join(folder, 'store'), { create: true })
  const close = store.close.bind(store)
  let closing: Promise<void> | undefined
  store.close = () => {
    closing ??= close()
    return closing
  }
  onTestFinished(() => store.close())
  return store
}

/** Searches in a worker, but each search begins only when the test lets it. */
export class HeldSearcher implements Searcher {
  readonly #pool = new SearchPool()
  #waiting: (() => void)[] = []
  /** Searches that were asked for, the oldest first. */
  readonly jobs: Job[] = []

  /** Lets the searches begin that were asked for so far. */
  release(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const begin of waiting) begin()
  }

  async search(job: Job, options: SearchOptions): Promise<Found> {
    this.jobs.push(job)
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve)
      options.signal.addEventListener('abort', () => reject(options.signal.reason))
    })
    return this.#pool.search(job, options)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** Mines some blocks, one after the other. */
export async function mineBlocks(node: Node<Block>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await node.mine()
}

/** All blocks: of large ones a page has few. */
export async function allBlocks(node: Node<Block>): Promise<ListedBlock[]> {
  const all: ListedBlock[] = []
  for (;;) {
    const { length, blocks } = await node.blocks({ from: all.length + 1, limit: 1000 })
    all.push(...blocks)
    if (all.length === length) return all
  }
}

/** The hashes of all blocks. */
export async function hashesOf(node: Node<Block>): Promise<string[]> {
  return (await allBlocks(node)).map(({ hash }) => hash)
}

function network(name: string, zeros: number, edition: 'article' | 'bound' = 'article'): Network {
  const definition = { rules: edition === 'article' ? 'tutorial' : 'tutorial-bound', zeros } as const
  return tutorialNetwork({ name, title: name, definition, edition, otherEdition: undefined })
}
