import pLimit from 'p-limit'
import { ApiError } from '../api/errors.js'
import type { ChainTools } from '../chain/block-checker.js'
import { BlockTree, type Offered } from '../chain/block-tree.js'
import type { Branch } from '../chain/branch.js'
import type { AdoptRefusal, Chain } from '../chain/chain.js'
import type { Alongside } from '../chain/chain-change.js'
import type { ChainStore } from '../chain/store.js'
import { isReject, type Reject, rejectText } from '../consensus/reject.js'
import type { Block, Rules, Template } from '../consensus/rules.js'
import type { Mempool, PlannedChange, PlannedFollowing } from '../mempool/mempool.js'
import { type JsonValue, readCanonicalJson } from '../primitives/json/value.js'
import { MAX_TIMER_MS } from '../primitives/time.js'
import type { EventLog } from './event-log.js'

export interface KeeperParts<B extends Block> {
  readonly chain: Chain<B>
  readonly mempool: Mempool
  readonly rules: Rules<B>
  readonly store: ChainStore
  readonly tools: ChainTools
  readonly events: EventLog
}

/** What came of a change of the chain: why it was refused, or how many transactions are pending again. */
export type Changed<Refusal> = { refusal: Refusal } | { refusal: undefined; returned: number }

interface Arrival {
  readonly request: JsonValue
  resolve(height: number): void
  reject(error: unknown): void
}

/** Changes the chain and the pending transactions, one change at a time, and tells of each. */
export class ChainKeeper<B extends Block> {
  readonly #chain: Chain<B>
  readonly #mempool: Mempool
  readonly #rules: Rules<B>
  readonly #store: ChainStore
  readonly #tools: ChainTools
  readonly #events: EventLog
  readonly #tree: BlockTree<B> | undefined
  readonly #exclusive = pLimit(1)
  readonly #tipListeners = new Set<() => void>()
  #arrivals: Arrival[] = []
  #dueTimer: NodeJS.Timeout | undefined
  #blocksMined = 0
  #chainReplacements = 0

  constructor({ chain, mempool, rules, store, tools, events }: KeeperParts<B>) {
    this.#chain = chain
    this.#mempool = mempool
    this.#rules = rules
    this.#store = store
    this.#tools = tools
    this.#events = events
    this.#tree = BlockTree.of(chain, rules, tools, {
      append: async (block) => (await this.#append(block, false)).refusal,
      adopt: async (branch) => (await this.#adoptNow(branch, null)).refusal,
    })
  }

  get blocksMined(): number {
    return this.#blocksMined
  }

  get chainReplacements(): number {
    return this.#chainReplacements
  }

  /** Does something while neither the chain nor the pending transactions change. */
  exclusively<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#exclusive(async () => work())
  }

  /** Calls the listener whenever the active chain has another last block, until what it returns is called. */
  onTip(listener: () => void): () => void {
    this.#tipListeners.add(listener)
    return () => this.#tipListeners.delete(listener)
  }

  /** Has the heaviest chain that is known be the active one. */
  settle(): Promise<void> {
    return this.#exclusive(async () => this.#tree?.settle())
  }

  /** Seals a block of our miner's and appends it, unless the chain went on without it. */
  submitMined(template: Template<B>, solution: number): Promise<{ height: number; block: B } | 'stale'> {
    return this.#exclusive(async () => {
      if (template.parentHash !== this.#chain.tip.block.hash) return 'stale'
      const block = template.seal(solution)
      const { refusal } = await this.#append(block, true)
      if (refusal !== undefined) throw new Error(`our own block is refused: ${rejectText(refusal)}`)
      this.#blocksMined++
      return { height: template.height, block }
    })
  }

  /** Judges a block that somebody offers; only where the rules have blocks kept beside the active chain. */
  offerBlock(block: B): Promise<Offered> {
    return this.#exclusive(async () => {
      const offered = await this.#tree!.offer(block)
      this.#waitForDue()
      return offered
    })
  }

  /** Why a block of this hash is known to be invalid. */
  invalidOf(hash: string): Reject | undefined {
    return this.#tree?.invalidOf(hash)
  }

  /** Remembers that a block can never be valid. */
  condemn(hash: string, refusal: Reject): Promise<void> {
    return this.#exclusive(async () => this.#tree?.condemn(hash, refusal))
  }

  /** Makes the branch of a peer or a file active, or discards it. @param peer what it is called in the events */
  async adopt(branch: Branch<B>, peer: string): Promise<Changed<AdoptRefusal>> {
    try {
      const outcome = await this.#exclusive(() => this.#adoptNow(branch, peer))
      if (outcome.refusal !== undefined) await branch.discard()
      return outcome
    } catch (error) {
      await branch.discard()
      throw error
    }
  }

  /** Judges a request to become pending. @returns the height of the block that will hold it */
  admit(request: JsonValue): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      this.#arrivals.push({ request, resolve, reject })
      // The first to arrive takes along all that arrive until it is its turn: one write to the disk serves them all.
      if (this.#arrivals.length === 1) this.#exclusive(() => this.#admitArrivals()).catch(reject)
    })
  }

  /** Lets what is being stored be stored. */
  async stop(): Promise<void> {
    clearTimeout(this.#dueTimer)
    await this.#exclusive(() => clearTimeout(this.#dueTimer))
  }

  async #append(block: B, mined: boolean): Promise<Changed<Reject>> {
    // Of our own a mistake of the program would show; those of others the tree has checked.
    const changed = await this.#change((alongside) =>
      mined ? this.#chain.append(block, true, alongside) : this.#chain.appendChecked(block, false, alongside),
    )
    if (changed.refusal === undefined) {
      const { height } = this.#chain.tip
      this.#events.publish({ type: 'block', height, hash: block.hash, mined, ...this.#described(block) })
    }
    return changed
  }

  async #adoptNow(branch: Branch<B>, peer: string | null): Promise<Changed<AdoptRefusal>> {
    const pendingIds = this.#mempool.pendingIds()
    const lengthBefore = this.#chain.tip.height
    const changed = await this.#change((alongside) => this.#chain.adopt(branch, alongside, (id) => pendingIds.has(id)))
    if (changed.refusal !== undefined) return changed
    const { returned } = changed
    this.#chainReplacements++
    const { height: length, block } = this.#chain.tip
    const forkedAt = branch.fork.height
    this.#events.publish({ type: 'chain-replaced', peer, lengthBefore, length, tip: block.hash, forkedAt, returned })
    return changed
  }

  /** Has the chain change, and the pending transactions and the listeners follow. */
  async #change<Refusal>(change: (alongside: Alongside) => Promise<Refusal | undefined>): Promise<Changed<Refusal>> {
    let plan: PlannedFollowing | undefined
    const refusal = await change(async (chainChange) => {
      plan = await this.#mempool.planChainChange(chainChange, this.#tools.now())
      return plan.changes
    })
    if (refusal !== undefined) return { refusal }
    plan!.apply()
    this.#tellDropped(plan!)
    for (const listener of this.#tipListeners) listener()
    return { refusal: undefined, returned: plan!.returned }
  }

  async #admitArrivals(): Promise<void> {
    const arrivals = this.#arrivals
    this.#arrivals = []
    try {
      const requests = arrivals.map(({ request }) => request)
      const plan = await this.#mempool.planArrivals(requests, this.#tools.now())
      const { outcomes, changes, apply } = plan
      if (changes.length > 0) await this.#store.write(changes, { sync: true })
      apply()
      this.#tellDropped(plan)
      const height = this.#chain.tip.height + 1
      for (const [i, { resolve, reject }] of arrivals.entries()) {
        const outcome = outcomes[i]!
        if (isReject(outcome)) {
          reject(ApiError.ofReject(outcome))
          continue
        }
        const { id, encoded } = outcome
        this.#events.publish({ type: 'transaction', id, transaction: readCanonicalJson(encoded) }, encoded.length)
        resolve(height)
      }
    } catch (error) {
      for (const { reject } of arrivals) reject(error)
    }
  }

  #tellDropped({ dropped }: PlannedChange): void {
    for (const { id, refusal } of dropped) {
      this.#events.publish({ type: 'transaction-dropped', id, code: refusal.code, message: rejectText(refusal) })
    }
  }

  /** Blocks that came too early are judged when their time has come. */
  #waitForDue(): void {
    clearTimeout(this.#dueTimer)
    const due = this.#tree?.nextDue
    if (due === undefined) return
    const ms = Math.min(Math.max(0, (due - this.#tools.now()) * 1000), MAX_TIMER_MS)
    const retry = async (): Promise<void> => {
      await this.#tree?.offerDue()
      this.#waitForDue()
    }
    // A failing disk is told to whoever asks for something next.
    this.#dueTimer = setTimeout(() => this.#exclusive(retry).catch(() => {}), ms).unref()
  }

  #described(block: B): { time: number | null; transactions: number } {
    let transactions = 0
    for (const _ of this.#rules.transactionsIn(block)) transactions++
    return { time: this.#rules.timeOf(block) ?? null, transactions }
  }
}
