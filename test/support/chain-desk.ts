import type { ChainTools } from '../../src/chain/block-checker.js'
import { type AdoptRefusal, Chain } from '../../src/chain/chain.js'
import type { Alongside, ChainChange } from '../../src/chain/chain-change.js'
import type { ChainStore } from '../../src/chain/store.js'
import { isReject, type Reject } from '../../src/consensus/reject.js'
import type { Block, PendingLimits, Rules } from '../../src/consensus/rules.js'
import type { Mempool, PlannedFollowing } from '../../src/mempool/mempool.js'
import { openMempool } from '../../src/mempool/open-mempool.js'
import type { JsonValue } from '../../src/primitives/json/value.js'
import { TOOLS } from './tools.js'

export type OfferOutcome = AdoptRefusal | { height: number; refusal: Reject } | undefined

/** A chain and its pending transactions over one store, tied together as a node ties them, without the node. */
export class ChainDesk<B extends Block> {
  readonly store: ChainStore
  readonly rules: Rules<B>
  readonly chain: Chain<B>
  readonly mempool: Mempool
  /** What the last change did to transactions. */
  lastChange: ChainChange | undefined
  lastPlan: PlannedFollowing | undefined

  readonly #tools: ChainTools

  private constructor(store: ChainStore, rules: Rules<B>, chain: Chain<B>, mempool: Mempool, tools: ChainTools) {
    this.#tools = tools
    this.store = store
    this.rules = rules
    this.chain = chain
    this.mempool = mempool
  }

  /** Begins a chain, or continues that of the store. */
  static async open<B extends Block>(
    store: ChainStore,
    rules: Rules<B>,
    { now = 1_500_000_000, limits, tools = TOOLS }: { now?: number; limits?: PendingLimits; tools?: ChainTools } = {},
  ): Promise<ChainDesk<B>> {
    const chain = (await Chain.open(store, rules, tools)) ?? (await Chain.create(store, rules, now, tools))
    return new ChainDesk(store, rules, chain, await openMempool(store, rules, limits), tools)
  }

  append(block: B, mined = false): Promise<Reject | undefined> {
    return this.#change((alongside) => this.chain.append(block, mined, alongside))
  }

  /** Appends a block that was checked, but for what the ledger says. */
  appendChecked(block: B): Promise<Reject | undefined> {
    return this.#change((alongside) => this.chain.appendChecked(block, false, alongside))
  }

  /** Appends blocks that must be valid. */
  async extend(blocks: readonly B[], mined = false): Promise<void> {
    for (const block of blocks) {
      const refusal = await this.append(block, mined)
      if (refusal !== undefined) throw new Error(refusal.message)
    }
  }

  /** Offers a whole chain, and discards it where it is not adopted. */
  async offer(blocks: readonly B[], chunk = blocks.length || 1): Promise<OfferOutcome> {
    const branch = this.chain.stage()
    for (let i = 0; i < blocks.length; i += chunk) {
      const refused = await branch.add(blocks.slice(i, i + chunk))
      if (refused !== undefined) {
        await branch.discard()
        return refused
      }
    }
    const outcome = await this.adopt(branch)
    if (outcome !== undefined) await branch.discard()
    return outcome
  }

  adopt(branch: ReturnType<Chain<B>['stage']>): Promise<OfferOutcome> {
    return this.#change((alongside) => this.chain.adopt(branch, alongside))
  }

  /** @returns the refusals */
  async arrive(...requests: JsonValue[]): Promise<(Reject | undefined)[]> {
    const { outcomes, changes, apply } = await this.mempool.planArrivals(requests, this.#tools.now())
    await this.store.write(changes, { sync: true })
    apply()
    return outcomes.map((outcome) => (isReject(outcome) ? outcome : undefined))
  }

  async blocks(): Promise<{ height: number; block: B; mined: boolean }[]> {
    const blocks = []
    for await (const page of this.chain.reader.blocks(1, this.chain.tip.height + 1)) blocks.push(...page)
    return blocks
  }

  async hashes(): Promise<string[]> {
    return (await this.blocks()).map(({ block }) => block.hash)
  }

  async #change<Refusal>(change: (alongside: Alongside) => Promise<Refusal | undefined>): Promise<Refusal | undefined> {
    let plan: PlannedFollowing | undefined
    const refusal = await change(async (chainChange) => {
      this.lastChange = chainChange
      plan = await this.mempool.planChainChange(chainChange, this.#tools.now())
      return plan.changes
    })
    if (refusal !== undefined) return refusal
    this.lastPlan = plan
    plan!.apply()
    return undefined
  }
}
