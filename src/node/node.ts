import pLimit from 'p-limit'
import { ApiError } from '../api/errors.js'
import type {
  Activity,
  BlockRange,
  EventsRequest,
  HistoryRequest,
  IdentifiedEvent,
  MineRequest,
  ServedNode,
} from '../api/node-api.js'
import type { Place } from '../api/place.js'
import type {
  AddressBalance,
  BlockPage,
  FoundBlock,
  FoundTransaction,
  History,
  MinedBlock,
  NodeStatus,
  Peer,
  PeerVerdict,
  PendingPage,
  Resolution,
} from '../api/schemas.js'
import type { Branch } from '../chain/branch.js'
import { type AdoptRefusal, type Alongside, Chain } from '../chain/chain.js'
import type { ChainStore } from '../chain/store.js'
import type { Fault } from '../chain/verify.js'
import type { Network } from '../consensus/network.js'
import { isReject, rejectText } from '../consensus/reject.js'
import type { Block, BlockContents, Template } from '../consensus/rules.js'
import { Mempool, type PlannedFollowing } from '../mempool/mempool.js'
import { Miner } from '../mining/miner.js'
import type { Searcher } from '../mining/searcher.js'
import { parsePeerAddress } from '../peers/address.js'
import type { HttpChainSource } from '../peers/http-chain-source.js'
import { MAX_PEERS, PeerBook } from '../peers/peer-book.js'
import { surveyPeers } from '../peers/resolve.js'
import { AbortScope } from '../primitives/abort-scope.js'
import { StoreDamaged } from '../primitives/errors.js'
import { type JsonObject, type JsonValue, readCanonicalJson } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import { ChainQueries } from './chain-queries.js'
import { EventLog } from './event-log.js'
import { type ImportOutcome, importChain } from './import-chain.js'
import { SharedTurns } from './shared-turns.js'

/** Room in a block for what is not a transaction: its own fields and the reward. */
const BLOCK_OVERHEAD_BYTES = 4096
/** Between two events that tell how a search stands. */
const PROGRESS_MS = 250

export interface NodeOptions<B extends Block> {
  readonly network: Network<B>
  readonly store: ChainStore
  /** Whom this node's rewards go to. */
  readonly identity: string
  readonly version: string
  /** What the node may use of the world; it closes the searcher and the store. */
  readonly searcher: Searcher
  readonly source: HttpChainSource
  readonly now: () => UnixSeconds
}

interface Arrival {
  readonly request: JsonValue
  resolve(height: number): void
  reject(error: unknown): void
}

/** What came of a change of the chain: why it was refused, or how many transactions are pending again. */
type Changed<Refusal> = { refusal: Refusal } | { refusal: undefined; returned: number }

/** A node: a chain, its pending transactions, its peers and its miner, behind the calls of `NodeApi`. */
export class Node<B extends Block> implements ServedNode {
  readonly #options: NodeOptions<B>
  readonly #chain: Chain<B>
  readonly #mempool: Mempool<B>
  readonly #peers: PeerBook
  readonly #queries: ChainQueries<B>
  readonly #events: EventLog
  readonly #miner: Miner<B>
  /** The chain and the pending transactions are changed by one at a time. */
  readonly #exclusive = pLimit(1)
  readonly #resolving = new SharedTurns((signal) => this.#resolveAndTell(signal))
  #ownAddresses: readonly string[] = []
  readonly #tipListeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #arrivals: Arrival[] = []
  #blocksMined = 0
  #chainReplacements = 0

  private constructor(options: NodeOptions<B>, chain: Chain<B>, mempool: Mempool<B>, peers: PeerBook) {
    this.#options = options
    this.#chain = chain
    this.#mempool = mempool
    this.#peers = peers
    this.#queries = new ChainQueries(chain, mempool, options.network.rules)
    this.#events = new EventLog(Math.floor(options.now() * 1000).toString(36))
    this.#miner = new Miner(options.searcher, {
      getTemplate: () => this.#template(),
      submitBlock: (template, solution) => this.#submit(template, solution),
      onTip: (listener) => this.#onTip(listener),
    })
  }

  /**
   * Continues the chain of the store, or begins one.
   * @param isNew whether a store without a chain is as it should be
   * @throws StoreDamaged
   */
  static async open<B extends Block>(options: NodeOptions<B>, isNew: boolean): Promise<Node<B>> {
    const { store, network, now } = options
    let chain = await Chain.open(store, network.rules)
    if (chain === undefined) {
      if (!isNew) throw new StoreDamaged('the chain is gone: the store is empty')
      chain = await Chain.create(store, network.rules, now())
    }
    return new Node(options, chain, await Mempool.open(store, network.rules), await PeerBook.open(store))
  }

  async status(): Promise<NodeStatus> {
    const { network, identity, version } = this.#options
    const { block, height } = this.#chain.tip
    return {
      version,
      network: network.name,
      identity,
      length: height,
      tip: block.hash,
      pending: this.#mempool.size,
      peers: this.#peers.addresses.length,
      mining: this.#miner.progress ?? null,
    }
  }

  activity(): Activity {
    return {
      blocksMined: this.#blocksMined,
      chainReplacements: this.#chainReplacements,
      hashes: this.#miner.hashes,
    }
  }

  mine({ signal, onProgress }: MineRequest = {}): Promise<MinedBlock> {
    const tell = this.#progressTeller()
    const report = (progress: NonNullable<NodeStatus['mining']>): void => {
      tell(progress)
      onProgress?.(progress)
    }
    return this.#unlessClosed(signal, async (signal) => {
      try {
        const { height, block, hashes, elapsedMs } = await this.#miner.mine({ signal, onProgress: report })
        return { height, hash: block.hash, block: this.#parsed(block.encoded), hashes, elapsedMs }
      } finally {
        // Another may have begun, and may be the one that is under way while this one was given up.
        if (this.#miner.progress === undefined) this.#events.publishProgress({ type: 'mining', progress: null })
      }
    })
  }

  submitPayment(request: JsonValue): Promise<{ height: number }> {
    const accepted = new Promise<number>((resolve, reject) => {
      this.#arrivals.push({ request, resolve, reject })
      // The first to arrive takes along all that arrive until it is its turn: one write to the disk serves them all.
      if (this.#arrivals.length === 1) this.#exclusive(() => this.#admitArrivals()).catch(reject)
    })
    return answering(async () => ({ height: await accepted }))
  }

  async pending({ limit }: { limit: number }): Promise<PendingPage> {
    const transactions = this.#mempool.first(limit)
    return { total: this.#mempool.size, transactions: transactions.map(readCanonicalJson) }
  }

  blocks(range: BlockRange): Promise<BlockPage> {
    return answering(() => this.#queries.blocks(range))
  }

  blockTexts(range: BlockRange): ReturnType<ServedNode['blockTexts']> {
    return answering(() => this.#queries.blockTexts(range))
  }

  chainText(): AsyncGenerator<Uint8Array, number> {
    return this.#queries.chainText()
  }

  block(id: number | string): Promise<FoundBlock> {
    return answering(() => this.#queries.block(id))
  }

  transaction(id: Place | string): Promise<FoundTransaction> {
    return answering(() => this.#queries.transaction(id))
  }

  history(request: HistoryRequest): Promise<History> {
    return answering(() => this.#queries.history(request))
  }

  balance(address: string): Promise<AddressBalance> {
    return answering(() => this.#queries.balance(address))
  }

  async peers(): Promise<Peer[]> {
    return this.#peers.peers
  }

  events(request?: EventsRequest): AsyncIterable<IdentifiedEvent> {
    return this.#events.follow(request)
  }

  addPeers(addresses: readonly string[]): Promise<string[]> {
    return answering(async () => {
      // Not even read: a body has room for a quarter of a million.
      if (addresses.length > MAX_PEERS) throw tooManyPeers()
      const parsed = addresses.map(peerAddress)
      // Of a list that all nodes are given each takes the others; one that is given itself alone was meant to be given another.
      const others = parsed.filter((address) => !this.#ownAddresses.includes(address))
      if (others.length === 0 && parsed.length > 0) {
        throw new ApiError('bad-peer-address', `${parsed[0]} is this node itself`, {
          hint: 'register the addresses of other nodes',
        })
      }
      return this.#exclusive(async () => {
        const known = new Set(this.#peers.addresses)
        if (!(await this.#peers.add(others))) throw tooManyPeers()
        for (const peer of others) {
          if (!known.has(peer)) this.#events.publish({ type: 'peer', peer, change: 'added' })
        }
        return [...this.#peers.addresses]
      })
    })
  }

  removePeer(address: string): Promise<string[]> {
    return answering(async () => {
      const parsed = peerAddress(address)
      return this.#exclusive(async () => {
        if (!(await this.#peers.remove(parsed))) {
          throw new ApiError('not-found', `${parsed} is not registered`, { hint: 'chain peers list' })
        }
        this.#events.publish({ type: 'peer', peer: parsed, change: 'removed' })
        return [...this.#peers.addresses]
      })
    })
  }

  /** Is told at which addresses, `host:port`, it is served: it does not take itself for a peer. */
  servedAt(addresses: readonly string[]): void {
    this.#ownAddresses = addresses
  }

  resolve({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Resolution> {
    return this.#unlessClosed(signal, (signal) => this.#resolving.ask(signal))
  }

  /** Adopts the chain of a file, as far as it is heavier than ours. @param name what it is called in the events */
  importChain(
    source: AsyncIterable<readonly Uint8Array[]>,
    { name, onProgress, signal }: { name: string; onProgress: (read: number) => void; signal: AbortSignal },
  ): Promise<ImportOutcome> {
    const { rules } = this.#options.network
    const adopt = async (branch: Branch<B>) => (await this.#adopt(branch, name)).refusal
    return this.#unlessClosed(signal, (signal) =>
      this.#resolving.alone(() => importChain(source, { chain: this.#chain, rules, adopt, onProgress, signal })),
    )
  }

  /** Replays the chain, and compares with it all that is stored beside the blocks. @returns the first fault */
  verify(onBlock: (height: number, length: number) => void): Promise<Fault | undefined> {
    return this.#chain.verify(onBlock)
  }

  /** Stops mining and resolving, and lets what is being stored be stored. What was asked for and is not done is refused. */
  async stop(): Promise<void> {
    this.#closing.abort(new ApiError('shutting-down', 'the node is shutting down'))
    await this.#options.searcher.close()
    await this.#resolving.settled()
    await this.#exclusive(() => {})
    this.#events.close()
  }

  /** Stops, and closes the store: nothing may be asked of the node any more. */
  async close(): Promise<void> {
    await this.stop()
    await this.#options.store.close()
  }

  async #resolveAndTell(signal: AbortSignal): Promise<Resolution> {
    const resolution = await this.#resolveOnce(signal)
    for (const verdict of resolution.verdicts) {
      this.#peers.noteAnswer(verdict, this.#options.now())
      this.#events.publish({ type: 'peer-answer', ...verdict })
    }
    return resolution
  }

  async #resolveOnce(signal: AbortSignal): Promise<Resolution> {
    const { network, source } = this.#options
    const chain = this.#chain
    const lengthBefore = chain.tip.height
    await chain.discardLeftovers()
    const { best, verdicts } = await surveyPeers(this.#peers.addresses, { chain, rules: network.rules, source, signal })
    const unchanged = { replaced: false, lengthBefore, forkedAt: null, returned: 0, asked: verdicts.length, verdicts }
    if (best === undefined) return { ...unchanged, length: chain.tip.height }

    const { peer, branch } = best
    const outcome = await this.#adopt(branch, peer)
    const verdict = verdicts.find((each) => each.peer === peer)!
    if (outcome.refusal !== undefined) {
      Object.assign(verdict, refusedVerdict(branch.height, chain.tip.height, outcome.refusal))
      return { ...unchanged, length: chain.tip.height }
    }
    const length = branch.height
    Object.assign(verdict, { outcome: 'adopted', message: `its ${length} blocks replaced our ${lengthBefore}` })
    const { returned } = outcome
    return { ...unchanged, replaced: true, length, forkedAt: branch.fork.height, returned }
  }

  /** Makes the branch of a peer or a file active, or discards it. */
  async #adopt(branch: Branch<B>, peer: string): Promise<Changed<AdoptRefusal>> {
    try {
      const outcome = await this.#exclusive(async () => {
        const pendingIds = this.#mempool.pendingIds()
        const lengthBefore = this.#chain.tip.height
        const changed = await this.#changeChain((alongside) =>
          this.#chain.adopt(branch, alongside, (id) => pendingIds.has(id)),
        )
        if (changed.refusal !== undefined) return changed
        const { returned } = changed
        this.#chainReplacements++
        const { height: length, block } = this.#chain.tip
        const forkedAt = branch.fork.height
        this.#events.publish({
          type: 'chain-replaced',
          peer,
          lengthBefore,
          length,
          tip: block.hash,
          forkedAt,
          returned,
        })
        return changed
      })
      if (outcome.refusal !== undefined) await branch.discard()
      return outcome
    } catch (error) {
      await branch.discard()
      throw error
    }
  }

  #template(): Template<B> {
    const { rules } = this.#options.network
    const { block, height } = this.#chain.tip
    return rules.template(block, height, () => this.#contents())
  }

  #contents(): BlockContents {
    const { network, identity, now } = this.#options
    const room = network.rules.blockLimits.maxBytes - BLOCK_OVERHEAD_BYTES
    return { transactions: this.#mempool.transactionsForBlock(room), recipient: identity, time: now() }
  }

  #submit(template: Template<B>, solution: number): Promise<{ height: number; block: B } | 'stale'> {
    return this.#exclusive(async () => {
      if (template.parentHash !== this.#chain.tip.block.hash) return 'stale'
      const block = template.seal(solution)
      const { refusal } = await this.#changeChain((alongside) => this.#chain.append(block, true, alongside))
      if (refusal !== undefined) throw new Error(`our own block is refused: ${rejectText(refusal)}`)
      const { height } = template
      this.#blocksMined++
      this.#events.publish({ type: 'block', height, hash: block.hash, ...this.#described(block) })
      return { height, block }
    })
  }

  #described(block: B): { time: number | null; transactions: number } {
    const { rules } = this.#options.network
    return { time: rules.timeOf(block) ?? null, transactions: [...rules.transactionsIn(block)].length }
  }

  /** Has the chain change, and the pending transactions and the listeners follow. */
  async #changeChain<Refusal>(
    change: (alongside: Alongside) => Promise<Refusal | undefined>,
  ): Promise<Changed<Refusal>> {
    let plan: PlannedFollowing | undefined
    const refusal = await change((chainChange) => {
      plan = this.#mempool.planChainChange(chainChange)
      return plan.changes
    })
    if (refusal !== undefined) return { refusal }
    plan!.apply()
    for (const listener of this.#tipListeners) listener()
    return { refusal: undefined, returned: plan!.returned }
  }

  async #admitArrivals(): Promise<void> {
    const arrivals = this.#arrivals
    this.#arrivals = []
    try {
      const { outcomes, changes, apply } = this.#mempool.planArrivals(arrivals.map(({ request }) => request))
      if (changes.length > 0) await this.#options.store.write(changes, { sync: true })
      apply()
      const height = this.#chain.tip.height + 1
      for (const [i, { resolve, reject }] of arrivals.entries()) {
        const outcome = outcomes[i]!
        if (isReject(outcome)) {
          reject(ApiError.ofReject(outcome))
          continue
        }
        this.#events.publish({ type: 'transaction', id: outcome.id, transaction: readCanonicalJson(outcome.encoded) })
        resolve(height)
      }
    } catch (error) {
      for (const { reject } of arrivals) reject(error)
    }
  }

  /** Tells those who follow the events how a search stands, every now and then. */
  #progressTeller(): (progress: NonNullable<NodeStatus['mining']>) => void {
    let toldAt = Number.NEGATIVE_INFINITY
    return (progress) => {
      if (progress.elapsedMs - toldAt < PROGRESS_MS) return
      toldAt = progress.elapsedMs
      this.#events.publishProgress({ type: 'mining', progress })
    }
  }

  /** Does work that ends when the caller gives it up or the node is closed. */
  #unlessClosed<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const scope = new AbortScope([this.#closing.signal, signal])
    return answering(() => work(scope.signal)).finally(() => scope.release())
  }

  #onTip(listener: () => void): () => void {
    this.#tipListeners.add(listener)
    return () => this.#tipListeners.delete(listener)
  }

  #parsed(encoded: Uint8Array): JsonObject {
    return readCanonicalJson(this.#options.network.rules.blockJson(encoded)) as JsonObject
  }
}

/** Turns what the store reports into what a client is told. */
async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw ApiError.ofFailure(error)
  }
}

function tooManyPeers(): ApiError {
  return new ApiError('too-many-peers', `a node keeps at most ${MAX_PEERS} peers`, {
    hint: 'chain peers remove HOST:PORT, for one that is not needed',
  })
}

function peerAddress(text: string): string {
  const parsed = parsePeerAddress(text)
  if (isReject(parsed)) throw new ApiError('bad-peer-address', parsed.message, { hint: parsed.hint })
  return parsed
}

/** What is to be said of a peer whose chain was the best, and could not be adopted all the same. */
function refusedVerdict(length: number, ourLength: number, refusal: AdoptRefusal): Partial<PeerVerdict> {
  if (typeof refusal === 'object') {
    const { height, refusal: reason } = refusal
    return { outcome: 'invalid', length: height, block: height, message: `block ${height}: ${rejectText(reason)}` }
  }
  const changed = `ours changed while it was read, to ${ourLength} blocks`
  if (refusal === 'not-heavier') return { outcome: length === ourLength ? 'equal' : 'shorter', message: changed }
  return { outcome: 'outdone', message: changed }
}
