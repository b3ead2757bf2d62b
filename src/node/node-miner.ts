import { ApiError } from '../api/errors.js'
import type { MineRequest } from '../api/node-api.js'
import type { MinedBlock, MiningTemplate, NodeStatus } from '../api/schemas.js'
import type { Chain } from '../chain/chain.js'
import type { Network } from '../consensus/network.js'
import type { Block, Template } from '../consensus/rules.js'
import type { Mempool } from '../mempool/mempool.js'
import { Miner } from '../mining/miner.js'
import type { Searcher } from '../mining/searcher.js'
import { type JsonObject, readCanonicalJson } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { ChainKeeper } from './chain-keeper.js'
import { describeTemplate } from './describe-template.js'
import type { EventLog } from './event-log.js'

/** Between two events that tell how a search stands. */
const PROGRESS_MS = 250

export interface NodeMinerParts<B extends Block> {
  readonly network: Network<B>
  /** What the node calls itself. */
  readonly identity: string
  /** Whom its rewards go to, if not to itself. */
  readonly rewardTo?: string | undefined
  readonly chain: Chain<B>
  readonly mempool: Mempool
  readonly keeper: ChainKeeper<B>
  readonly events: EventLog
  readonly searcher: Searcher
  readonly now: () => UnixSeconds
}

type Progress = NonNullable<NodeStatus['mining']>

/** Finds the next blocks of a node's chain, or has others find them. */
export class NodeMiner<B extends Block> {
  readonly #parts: NodeMinerParts<B>
  readonly #miner: Miner<B>

  constructor(parts: NodeMinerParts<B>) {
    const { searcher, keeper, now } = parts
    this.#parts = parts
    this.#miner = new Miner(
      searcher,
      {
        getTemplate: (recipient) => this.#template(recipient),
        submitBlock: (template, solution) => keeper.submitMined(template, solution),
        onTip: (listener) => keeper.onTip(listener),
      },
      now,
    )
  }

  /** Whom the rewards go to where nobody is named; null where somebody has to be. */
  get rewardsTo(): string | null {
    const { network, identity, rewardTo = identity } = this.#parts
    return network.rules.checkRecipient(rewardTo) === undefined ? rewardTo : null
  }

  /** How the search stands that is under way. */
  get progress(): Progress | undefined {
    return this.#miner.progress
  }

  /** Hashes of all searches so far. */
  get hashes(): number {
    return this.#miner.hashes
  }

  /** @throws ApiError, and the signal's reason */
  async mine({ signal, onProgress, to }: MineRequest & { signal: AbortSignal }): Promise<MinedBlock> {
    const { events } = this.#parts
    const recipient = this.#recipient(to)
    const tell = this.#progressTeller()
    const report = (progress: Progress): void => {
      tell(progress)
      onProgress?.(progress)
    }
    try {
      const { height, block, hashes, elapsedMs } = await this.#miner.mine({ signal, onProgress: report, recipient })
      return { height, hash: block.hash, block: this.#parsed(block.encoded), hashes, elapsedMs }
    } finally {
      // Another may have begun, and may be the one that is under way while this one was given up.
      if (this.#miner.progress === undefined) events.publishProgress({ type: 'mining', progress: null })
    }
  }

  /** What others search for. @throws ApiError */
  template(to: string | undefined): MiningTemplate {
    if (this.#parts.network.rules.tree === undefined) {
      throw new ApiError('unsupported', 'on this network work does not bind what a block holds: there is no template', {
        hint: 'mine on the node itself',
      })
    }
    return describeTemplate(this.#template(this.#recipient(to)), (encoded) => this.#parsed(encoded))
  }

  #recipient(to: string | undefined): string {
    const { network, identity, rewardTo = identity } = this.#parts
    const recipient = to ?? rewardTo
    const refusal = network.rules.checkRecipient(recipient)
    if (refusal !== undefined) throw ApiError.ofReject(refusal)
    return recipient
  }

  #template(recipient: string): Template<B> {
    const { network, chain, mempool, now } = this.#parts
    const { rules } = network
    const { tip, beforeTip } = chain
    const contents = () => ({
      transactions: mempool.transactionsForBlock(rules.transactionRoom),
      recipient,
      time: now(),
    })
    return rules.template(tip.block, tip.height, contents, { grandparent: beforeTip })
  }

  /** Tells those who follow the events how a search stands, every now and then. */
  #progressTeller(): (progress: Progress) => void {
    const { events } = this.#parts
    let toldAt = Number.NEGATIVE_INFINITY
    return (progress) => {
      if (progress.elapsedMs - toldAt < PROGRESS_MS) return
      toldAt = progress.elapsedMs
      events.publishProgress({ type: 'mining', progress })
    }
  }

  #parsed(encoded: Uint8Array): JsonObject {
    return readCanonicalJson(this.#parts.network.rules.blockJson(encoded)) as JsonObject
  }
}
