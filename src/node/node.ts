import { setMaxListeners } from 'node:events'
import { ApiError } from '../api/errors.js'
import type {
  Activity,
  BlockRange,
  EventsRequest,
  HistoryRequest,
  IdentifiedEvent,
  MineRequest,
  ResolveRequest,
  ServedNode,
} from '../api/node-api.js'
import type { Place } from '../api/place.js'
import type {
  AddressBalance,
  BlockPage,
  FoundBlock,
  FoundTransaction,
  HeaderPage,
  History,
  MinedBlock,
  MiningTemplate,
  NodeStatus,
  Peer,
  PendingPage,
  Resolution,
  SubmittedBlock,
  TransactionProof,
} from '../api/schemas.js'
import type { ChainTools } from '../chain/block-checker.js'
import type { Branch } from '../chain/branch.js'
import { Chain } from '../chain/chain.js'
import type { ChainStore } from '../chain/store.js'
import type { Fault } from '../chain/verify.js'
import type { Network } from '../consensus/network.js'
import { isReject, rejectText } from '../consensus/reject.js'
import type { Block } from '../consensus/rules.js'
import type { Mempool } from '../mempool/mempool.js'
import { openMempool } from '../mempool/open-mempool.js'
import type { Searcher } from '../mining/searcher.js'
import type { HttpChainSource } from '../peers/http-chain-source.js'
import { PeerBook } from '../peers/peer-book.js'
import { AbortScope } from '../primitives/abort-scope.js'
import { StoreDamaged } from '../primitives/errors.js'
import { type JsonValue, printJsonBytes, readCanonicalJson } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import { SignaturePool } from '../verification/signature-pool.js'
import { ChainKeeper } from './chain-keeper.js'
import { ChainQueries } from './chain-queries.js'
import { EventLog } from './event-log.js'
import { type ImportOutcome, importChain } from './import-chain.js'
import { NodeMiner } from './node-miner.js'
import { PeerRegistry } from './peer-registry.js'
import { Resolver } from './resolver.js'
import { SharedTurns } from './shared-turns.js'

export interface NodeOptions<B extends Block> {
  readonly network: Network<B>
  readonly store: ChainStore
  /** What the node calls itself; its rewards go to it where the network has people named by anything. */
  readonly identity: string
  /** Whom this node's rewards go to, if not to itself. */
  readonly rewardTo?: string | undefined
  readonly version: string
  /** What the node may use of the world; it closes the searcher and the store. */
  readonly searcher: Searcher
  readonly source: HttpChainSource
  readonly now: () => UnixSeconds
}

/** A node: a chain, its pending transactions, its peers and its miner, behind the calls of `NodeApi`. */
export class Node<B extends Block> implements ServedNode {
  readonly #options: NodeOptions<B>
  readonly #chain: Chain<B>
  readonly #mempool: Mempool
  readonly #peers: PeerBook
  readonly #queries: ChainQueries<B>
  readonly #events: EventLog
  readonly #signatures: SignaturePool
  readonly #keeper: ChainKeeper<B>
  readonly #miner: NodeMiner<B>
  readonly #registry: PeerRegistry
  readonly #resolver: Resolver<B>
  readonly #resolving = new SharedTurns((signal) => this.#resolver.resolve(signal))
  readonly #closing = new AbortController()

  private constructor(
    options: NodeOptions<B>,
    parts: { chain: Chain<B>; mempool: Mempool; peers: PeerBook; signatures: SignaturePool; tools: ChainTools },
  ) {
    const { chain, mempool, peers, signatures, tools } = parts
    const { store, network, source, now } = options
    this.#options = options
    // As many as ask at a time may be told that the node is closed.
    setMaxListeners(0, this.#closing.signal)
    this.#chain = chain
    this.#mempool = mempool
    this.#peers = peers
    this.#signatures = signatures
    this.#queries = new ChainQueries(chain, mempool, network.rules)
    this.#events = new EventLog(Math.floor(now() * 1000).toString(36))
    const { rules } = network
    this.#keeper = new ChainKeeper({ chain, mempool, rules, store, tools, events: this.#events })
    this.#registry = new PeerRegistry(peers, this.#keeper, this.#events)
    this.#resolver = new Resolver({ chain, keeper: this.#keeper, peers, rules, source, events: this.#events, now })
    this.#miner = new NodeMiner({ ...options, chain, mempool, keeper: this.#keeper, events: this.#events })
  }

  /**
   * Continues the chain of the store, or begins one.
   * @param isNew whether a store without a chain is as it should be
   * @throws StoreDamaged
   */
  static async open<B extends Block>(options: NodeOptions<B>, isNew: boolean): Promise<Node<B>> {
    const { store, network, now } = options
    const { rules } = network
    const signatures = new SignaturePool()
    const tools: ChainTools = { now, firstFault: (checks) => signatures.firstFault(checks) }
    let chain = await Chain.open(store, rules, tools)
    if (chain === undefined) {
      if (!isNew) throw new StoreDamaged('the chain is gone: the store is empty')
      chain = await Chain.create(store, rules, now(), tools)
    }
    const [mempool, peers] = [await openMempool(store, rules), await PeerBook.open(store)]
    const node = new Node(options, { chain, mempool, peers, signatures, tools })
    await node.#keeper.settle()
    return node
  }

  get isStrict(): boolean {
    return this.#options.network.rules.blockLimits.isStrict === true
  }

  async status(): Promise<NodeStatus> {
    const { network, identity, version } = this.#options
    const { block, height } = this.#chain.tip
    return {
      version,
      network: network.name,
      identity,
      rewardsTo: this.#miner.rewardsTo,
      length: height,
      tip: block.hash,
      pending: this.#mempool.size,
      peers: this.#peers.addresses.length,
      mining: this.#miner.progress ?? null,
      syncing: this.#resolver.progress ?? null,
    }
  }

  activity(): Activity {
    return {
      blocksMined: this.#keeper.blocksMined,
      chainReplacements: this.#keeper.chainReplacements,
      hashes: this.#miner.hashes,
    }
  }

  mine({ signal, onProgress, to }: MineRequest = {}): Promise<MinedBlock> {
    return this.#unlessClosed(signal, (signal) => this.#miner.mine({ signal, onProgress, to }))
  }

  submitPayment(request: JsonValue): Promise<{ height: number }> {
    return answering(async () => ({ height: await this.#keeper.admit(request) }))
  }

  submitBlock(block: JsonValue): Promise<SubmittedBlock> {
    return answering(async () => {
      const { rules } = this.#options.network
      if (rules.tree === undefined) {
        throw new ApiError('unsupported', 'on this network a block is not judged alone, only a whole chain', {
          hint: 'register the node that has it as a peer, and resolve',
        })
      }
      const decoded = rules.decodeBlock(printJsonBytes(block))
      if (isReject(decoded)) throw ApiError.ofReject(decoded)
      const offered = await this.#keeper.offerBlock(decoded)
      if (offered.outcome === 'refused') throw ApiError.ofReject(offered.refusal)
      const { hash } = decoded
      if (offered.outcome !== 'waiting') return { hash, outcome: offered.outcome, height: offered.height, reason: null }
      return { hash, outcome: 'waiting', height: null, reason: rejectText(offered.refusal) }
    })
  }

  miningTemplate({ to }: { to?: string | undefined } = {}): Promise<MiningTemplate> {
    return answering(async () => this.#miner.template(to))
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

  blockText(id: number | string): ReturnType<ServedNode['blockText']> {
    return answering(() => this.#queries.blockText(id))
  }

  transactionText(id: Place | string): ReturnType<ServedNode['transactionText']> {
    return answering(() => this.#queries.transactionText(id))
  }

  historyTexts(request: HistoryRequest): ReturnType<ServedNode['historyTexts']> {
    return answering(() => this.#queries.historyTexts(request))
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

  headers(range: BlockRange): Promise<HeaderPage> {
    return answering(() => this.#queries.headers(range))
  }

  transactionProof(id: Place | string): Promise<TransactionProof> {
    return answering(() => this.#queries.transactionProof(id))
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
    return answering(() => this.#registry.add(addresses))
  }

  removePeer(address: string): Promise<string[]> {
    return answering(() => this.#registry.remove(address))
  }

  /** Is told at which addresses, `host:port`, it is served: it does not take itself for a peer. */
  servedAt(addresses: readonly string[]): void {
    this.#registry.ownAddresses = addresses
  }

  async resolve({ signal, onProgress }: ResolveRequest = {}): Promise<Resolution> {
    const stopTelling = onProgress && this.#resolver.onProgress(onProgress)
    try {
      return await this.#unlessClosed(signal, (signal) => this.#resolving.ask(signal))
    } finally {
      stopTelling?.()
    }
  }

  /** Adopts the chain of a file, as far as it is heavier than ours. @param name what it is called in the events */
  importChain(
    source: AsyncIterable<readonly Uint8Array[]>,
    { name, onProgress, signal }: { name: string; onProgress: (read: number) => void; signal: AbortSignal },
  ): Promise<ImportOutcome> {
    const { rules } = this.#options.network
    const adopt = async (branch: Branch<B>) => (await this.#keeper.adopt(branch, name)).refusal
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
    await this.#keeper.stop()
    await this.#signatures.close()
    this.#events.close()
  }

  /** Stops, and closes the store: nothing may be asked of the node any more. */
  async close(): Promise<void> {
    await this.stop()
    await this.#options.store.close()
  }

  /** Does work that ends when the caller gives it up or the node is closed. */
  #unlessClosed<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const scope = new AbortScope([this.#closing.signal, signal])
    return answering(() => work(scope.signal)).finally(() => scope.release())
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
