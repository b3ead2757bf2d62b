import { isReject, type Reject } from '../consensus/reject.js'
import type { Block, IdentifiedTransaction, Rules } from '../consensus/rules.js'
import { bytesOfHex } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import type { Branch } from './branch.js'
import { type Alongside, activeChanges, type ChainChange, countTransactions } from './chain-change.js'
import { ChainReader, type PlacedBlock } from './chain-reader.js'
import { activeKey, blockKey, hashKey, stagedKey, undoKey } from './layout.js'
import { LedgerBuffer, storedLedger } from './ledger-buffer.js'
import type { TipRecord } from './records.js'
import { type SideBlock, sideBlockOf, sideChanges, sideRemovals } from './side-blocks.js'
import type { ChainStore, StoreChange } from './store.js'
import { placeRemovals } from './transaction-index.js'

/** Blocks that are taken back at once; each may have megabytes. */
const DISCONNECT_PAGE = 16
/** Of the transactions in abandoned blocks of others the first so many may be pending again: a pool holds no more. */
const MAX_RETURNING = 100_000
const NO_UNDO = new Uint8Array(0)

export interface SwitchOptions<B extends Block> {
  /** The end of the chain that is active now. */
  readonly tip: Pick<TipRecord, 'height' | 'weight'>
  readonly branch: Branch<B>
  readonly alongside: Alongside
  /** Which transactions are of interest to `alongside`, besides the abandoned ones, by their ids. */
  readonly isPending: (id: string) => boolean
}

/** The changes that make a branch the active chain. */
export class ChainSwitch<B extends Block> {
  readonly #store: ChainStore
  readonly #rules: Rules<B>
  readonly #options: SwitchOptions<B>
  readonly #reader: ChainReader<B>
  readonly #ledger: LedgerBuffer
  /** The blocks that cease to be active, where the rules have them kept beside the chain. */
  readonly abandoned: SideBlock[] = []
  /** The hashes of the blocks that become active, where they may have stood beside the chain. */
  readonly connected: string[] = []

  constructor(store: ChainStore, rules: Rules<B>, options: SwitchOptions<B>) {
    this.#store = store
    this.#rules = rules
    this.#options = options
    this.#reader = new ChainReader(store, rules)
    this.#ledger = new LedgerBuffer(storedLedger(store))
  }

  /**
   * The changes, some at a time.
   * @throws RefusedByLedger
   */
  async *changes(): AsyncGenerator<readonly StoreChange[]> {
    const { branch, alongside, isPending } = this.#options
    const abandoned = yield* this.#disconnect()
    const abandonedIds = new Set([...abandoned.mined, ...abandoned.others].map(({ id }) => id))
    const confirmed = yield* this.#connect((id) => abandonedIds.has(id) || isPending(id))
    yield [{ key: stagedKey(branch.id) }]
    yield this.#ledger.changes()
    yield await alongside({ confirmed, abandoned, ledger: this.#ledger })
  }

  /** Puts the branch's blocks on top of the fork. */
  async *#connect(
    isWatched: (id: string) => boolean,
  ): AsyncGenerator<readonly StoreChange[], ChainChange['confirmed']> {
    const { branch } = this.#options
    const { tree } = this.#rules
    const confirmed = new Map<string, number>()
    let connected = branch.fork.height
    let weight = branch.fork.weight
    for await (const page of branch.newBlocks()) {
      await this.#ledger.prepare(
        this.#rules,
        page.map(({ block }) => block),
      )
      const changes: StoreChange[] = []
      for (const { block, height } of page) {
        const undo = this.#rules.connectBlock(block, this.#ledger)
        if (isReject(undo)) throw new RefusedByLedger({ height, refusal: undo })
        weight += this.#rules.weightOf(block)
        const active = { block, height, weight, branch: branch.id, mined: false }
        for (const change of activeChanges(this.#rules, active, undo)) changes.push(change)
        if (tree !== undefined) {
          this.connected.push(block.hash)
          changes.push(...sideRemovals(block.hash))
        }
        countTransactions(this.#rules, block, confirmed, isWatched)
        connected = height
      }
      yield changes
    }
    if (connected !== branch.height) throw new StoreDamaged(`block ${connected + 1} of the branch is missing`)
    return confirmed
  }

  /** Takes the blocks above the fork back, the last one first. */
  async *#disconnect(): AsyncGenerator<readonly StoreChange[], ChainChange['abandoned']> {
    const { tip, branch } = this.#options
    const fork = branch.fork.height
    const mined: IdentifiedTransaction[][] = []
    const others: IdentifiedTransaction[][] = []
    let otherCount = 0
    let { weight } = tip
    for (let end = tip.height; end > fork; end -= DISCONNECT_PAGE) {
      const page: PlacedBlock<B>[] = []
      for await (const blocks of this.#reader.blocks(Math.max(fork, end - DISCONNECT_PAGE) + 1, end + 1))
        page.push(...blocks)
      await this.#ledger.prepare(
        this.#rules,
        page.map(({ block }) => block),
      )
      const records = await this.#reader.activeRecords(page[0]!.height, end + 1)
      const undos = await this.#store.getMany(records.map(({ branch }, i) => undoKey(branch, page[0]!.height + i)))
      const changes: StoreChange[] = []
      for (const [i, placed] of [...page.entries()].reverse()) {
        const { branch } = records[i]!
        this.#rules.disconnectBlock(placed.block, undos[i] ?? NO_UNDO, this.#ledger)
        for (const removal of this.#removals(placed, branch)) changes.push(removal)
        if (undos[i] !== undefined) changes.push({ key: undoKey(branch, placed.height) })
        for (const change of this.#keptBeside(placed.block, weight)) changes.push(change)
        weight -= this.#rules.weightOf(placed.block)
        const transactions = this.#rules.transactionsOf(placed.block)
        if (placed.mined) mined.push(transactions)
        else {
          others.push(transactions)
          otherCount += transactions.length
        }
        // The last blocks came first: they go first.
        while (otherCount - (others[0]?.length ?? 0) >= MAX_RETURNING) otherCount -= others.shift()!.length
      }
      yield changes
    }
    return { mined: mined.reverse().flat(), others: others.reverse().flat() }
  }

  #removals({ block, height }: PlacedBlock<B>, branch: number): StoreChange[] {
    return [
      { key: activeKey(height) },
      { key: hashKey(bytesOfHex(block.hash)) },
      { key: blockKey(branch, height) },
      ...placeRemovals(this.#rules, block, height, branch),
    ]
  }

  /** Its work was done: it may become active again. */
  #keptBeside(block: B, weight: bigint): StoreChange[] {
    const { tree } = this.#rules
    // The first block is every chain's.
    if (tree === undefined || tree.heightOf(block) === 1) return []
    const side = sideBlockOf(tree, block, { weight, sequence: 0 })
    this.abandoned.push(side)
    return sideChanges(side, block.encoded)
  }
}

/** Ends a write before it is made: the ledger does not take a block. */
export class RefusedByLedger extends Error {
  readonly refusal: { readonly height: number; readonly refusal: Reject }

  constructor(refusal: { height: number; refusal: Reject }) {
    super(refusal.refusal.message)
    this.refusal = refusal
  }
}
