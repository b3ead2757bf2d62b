import pLimit from 'p-limit'
import { ApiError } from '../api/errors.js'
import type {
  BlockPage,
  ChainText,
  ListedBlock,
  MinedBlock,
  MineRequest,
  PendingPage,
  ServedNode,
} from '../api/node-api.js'
import { type AddressBalance, MAX_LIMIT, type NodeStatus, type Resolution } from '../api/schemas.js'
import { type Alongside, Chain } from '../chain/chain.js'
import type { ChainReader } from '../chain/chain-reader.js'
import type { ChainStore } from '../chain/store.js'
import type { Network } from '../consensus/network.js'
import { isReject, type Reject } from '../consensus/reject.js'
import type { Block, BlockContents, Template } from '../consensus/rules.js'
import { Mempool, type PlannedFollowing } from '../mempool/mempool.js'
import { Miner } from '../mining/miner.js'
import type { Searcher } from '../mining/searcher.js'
import { parsePeerAddress } from '../peers/address.js'
import type { HttpChainSource } from '../peers/http-chain-source.js'
import { MAX_PEERS, PeerBook } from '../peers/peer-book.js'
import { surveyPeers } from '../peers/resolve.js'
import { concatBytes, utf8 } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import { type JsonObject, type JsonValue, readCanonicalJson } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'

/** Room in a block for what is not a transaction: its own fields and the reward. */
const BLOCK_OVERHEAD_BYTES = 4096

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

/** A node: a chain, its pending transactions, its peers and its miner, behind the calls of `NodeApi`. */
export class Node<B extends Block> implements ServedNode {
  readonly #options: NodeOptions<B>
  readonly #chain: Chain<B>
  readonly #mempool: Mempool<B>
  readonly #peers: PeerBook
  readonly #miner: Miner<B>
  /** The chain and the pending transactions are changed by one at a time. */
  readonly #exclusive = pLimit(1)
  readonly #resolving = pLimit(1)
  readonly #tipListeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #arrivals: Arrival[] = []

  private constructor(options: NodeOptions<B>, chain: Chain<B>, mempool: Mempool<B>, peers: PeerBook) {
    this.#options = options
    this.#chain = chain
    this.#mempool = mempool
    this.#peers = peers
    this.#miner = new Miner(options.searcher, {
      getTemplate: () => this.#template(),
      submitBlock: (template, proof) => this.#submit(template, proof),
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

  async mine({ signal, onProgress }: MineRequest = {}): Promise<MinedBlock> {
    const signals = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal])
    const { height, block, hashes, elapsedMs } = await this.#miner.mine({
      signal: signals,
      ...(onProgress && { onProgress }),
    })
    return { ...this.#listed(height, block), hashes, elapsedMs }
  }

  submitPayment(request: JsonValue): Promise<{ height: number }> {
    return new Promise((resolve, reject) => {
      this.#arrivals.push({ request, resolve: (height) => resolve({ height }), reject })
      // The first to arrive takes along all that arrive until it is its turn: one write to the disk serves them all.
      if (this.#arrivals.length === 1) this.#exclusive(() => this.#admitArrivals()).catch(reject)
    })
  }

  async pending({ limit }: { limit: number }): Promise<PendingPage> {
    const transactions = this.#mempool.first(limit)
    return { total: this.#mempool.size, transactions: transactions.map(readCanonicalJson) }
  }

  async blocks({ from, limit }: { from: number; limit: number }): Promise<BlockPage> {
    const { height: length, reader, close } = await this.#chain.snapshot()
    try {
      const blocks: ListedBlock[] = []
      for await (const page of reader.blocks(from, Math.min(from + Math.min(limit, MAX_LIMIT), length + 1))) {
        for (const { height, block } of page) blocks.push(this.#listed(height, block))
      }
      return { length, blocks }
    } finally {
      await close()
    }
  }

  async chainText(): Promise<ChainText> {
    const { height, reader, close } = await this.#chain.snapshot()
    return { length: height, pieces: this.#pieces(reader, height, close) }
  }

  async balance(address: string): Promise<AddressBalance> {
    return { address, ...(await this.#chain.balance(address)), length: this.#chain.tip.height }
  }

  async peers(): Promise<string[]> {
    return [...this.#peers.addresses]
  }

  async addPeers(addresses: readonly string[]): Promise<string[]> {
    const parsed = addresses.map(peerAddress)
    return this.#exclusive(async () => {
      if (!(await this.#peers.add(parsed))) {
        throw new ApiError('too-many-peers', `a node keeps at most ${MAX_PEERS} peers`, {
          hint: 'chain peers remove HOST:PORT, for one that is not needed',
        })
      }
      return [...this.#peers.addresses]
    })
  }

  async removePeer(address: string): Promise<string[]> {
    const parsed = peerAddress(address)
    return this.#exclusive(async () => {
      if (!(await this.#peers.remove(parsed))) {
        throw new ApiError('not-found', `${parsed} is not registered`, { hint: 'chain peers list' })
      }
      return [...this.#peers.addresses]
    })
  }

  resolve({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Resolution> {
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal])
    return this.#resolving(() => this.#resolveOnce(stop))
  }

  /** Stops mining and resolving, and lets what is being stored be stored. What was asked for and is not done is refused. */
  async stop(): Promise<void> {
    this.#closing.abort(new ApiError('shutting-down', 'the node is shutting down'))
    await this.#options.searcher.close()
    await this.#resolving(() => {})
    await this.#exclusive(() => {})
  }

  /** Stops, and closes the store: nothing may be asked of the node any more. */
  async close(): Promise<void> {
    await this.stop()
    await this.#options.store.close()
  }

  async #resolveOnce(signal: AbortSignal): Promise<Resolution> {
    const { network, source } = this.#options
    const chain = this.#chain
    const lengthBefore = chain.tip.height
    const { best, verdicts } = await surveyPeers(this.#peers.addresses, { chain, rules: network.rules, source, signal })
    const unchanged = { replaced: false, lengthBefore, forkedAt: null, returned: 0, asked: verdicts.length, verdicts }
    if (best === undefined) return { ...unchanged, length: chain.tip.height }

    const { fork, height: length } = best.branch
    const outcome = await this.#exclusive(() => this.#changeChain((alongside) => chain.adopt(best.branch, alongside)))
    const verdict = verdicts.find(({ peer }) => peer === best.peer)!
    if (outcome.refusal !== undefined) {
      await best.branch.discard()
      verdict.message = 'its chain was longer, but ours changed while it was read'
      return { ...unchanged, length: chain.tip.height }
    }
    verdict.outcome = 'adopted'
    verdict.message = `its ${length} blocks replaced our ${lengthBefore}`
    return {
      replaced: true,
      lengthBefore,
      length,
      forkedAt: fork.height,
      returned: outcome.returned,
      asked: verdicts.length,
      verdicts,
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

  #submit(template: Template<B>, proof: number): Promise<{ height: number; block: B } | Reject> {
    return this.#exclusive(async () => {
      const block = template.seal(proof)
      const { refusal } = await this.#changeChain((alongside) => this.#chain.append(block, true, alongside))
      return refusal ?? { height: template.height, block }
    })
  }

  /** Has the chain change, and the pending transactions and the listeners follow. */
  async #changeChain<Refusal>(
    change: (alongside: Alongside) => Promise<Refusal | undefined>,
  ): Promise<{ refusal: Refusal } | { refusal: undefined; returned: number }> {
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
      arrivals.forEach(({ resolve, reject }, i) => {
        const refusal = outcomes[i]
        if (refusal === undefined) resolve(height)
        else reject(ApiError.ofReject(refusal))
      })
    } catch (error) {
      for (const { reject } of arrivals) reject(error)
    }
  }

  #onTip(listener: () => void): () => void {
    this.#tipListeners.add(listener)
    return () => this.#tipListeners.delete(listener)
  }

  #listed(height: number, block: B): ListedBlock {
    const json = this.#options.network.rules.blockJson(block)
    return { height, hash: block.hash, block: readCanonicalJson(json) as JsonObject }
  }

  async *#pieces(reader: ChainReader<B>, height: number, close: () => Promise<void>): AsyncGenerator<Uint8Array> {
    const { rules } = this.#options.network
    try {
      yield utf8('[')
      for await (const page of reader.blocks(1, height + 1)) {
        const parts = page.flatMap((placed) => [utf8(placed.height === 1 ? '' : ', '), rules.blockJson(placed.block)])
        yield concatBytes(...parts)
      }
      yield utf8(']')
    } finally {
      await close()
    }
  }
}

function peerAddress(text: string): string {
  const parsed = parsePeerAddress(text)
  if (isReject(parsed)) throw new ApiError('bad-peer-address', parsed.message)
  return parsed
}
