import { isReject, type Reject } from '../consensus/reject.js'
import type { Balance, Block, Rules } from '../consensus/rules.js'
import { StoreDamaged } from '../primitives/errors.js'
import type { UnixSeconds } from '../primitives/time.js'
import { BlockChecker, type ChainTools } from './block-checker.js'
import { Branch, type BranchPoint, discardBranch } from './branch.js'
import { type Alongside, activeChanges, blockChanges, countTransactions } from './chain-change.js'
import { ChainReader } from './chain-reader.js'
import { ChainSwitch, RefusedByLedger } from './chain-switch.js'
import { branchOfStagedKey, ledgerKey, STAGED_RANGE, TIP_KEY } from './layout.js'
import { LedgerBuffer, storedLedger } from './ledger-buffer.js'
import { decodeTip, encodeTip, formatOf, type TipRecord } from './records.js'
import { SideBlocks } from './side-blocks.js'
import type { ChainStore, StoreChange, StoreChanges } from './store.js'
import { TransactionIndex } from './transaction-index.js'
import { type Fault, verifyStore } from './verify.js'

/** Blocks that are checked when a store is opened: a crash reaches no further back. */
const CHECKED_AT_OPENING = 100

/** The last block of the active chain. */
export interface Tip<B extends Block> {
  readonly height: number
  readonly weight: bigint
  readonly block: B
}

/** The chain as it was at one moment. */
export interface ChainSnapshot<B extends Block> {
  readonly height: number
  readonly reader: ChainReader<B>
  readonly transactions: TransactionIndex<B>
  close(): Promise<void>
}

/** Why a branch does not become the active chain: meanwhile the active chain is another, or the ledger refuses a block. */
export type AdoptRefusal = 'not-heavier' | 'fork-is-gone' | { readonly height: number; readonly refusal: Reject }

/**
 * The active chain: its blocks, its ledger, and the choice between it and others that are offered: the greatest weight
 * wins, and of equal ones the first. Callers see to it that one change is under way at a time.
 */
export class Chain<B extends Block> {
  readonly #store: ChainStore
  readonly #rules: Rules<B>
  readonly #tools: ChainTools
  readonly #reader: ChainReader<B>
  /** The valid blocks beside it, where the rules have them kept. */
  readonly sideBlocks: SideBlocks<B> | undefined
  #record: TipRecord
  #nextBranch: number
  #tip: Tip<B>
  #beforeTip: B | undefined

  private constructor(
    store: ChainStore,
    { rules, tools, sideBlocks }: { rules: Rules<B>; tools: ChainTools; sideBlocks: SideBlocks<B> | undefined },
    { record, tip, beforeTip }: { record: TipRecord; tip: B; beforeTip: B | undefined },
  ) {
    this.#store = store
    this.#rules = rules
    this.#tools = tools
    this.sideBlocks = sideBlocks
    this.#reader = new ChainReader(store, rules)
    this.#record = record
    this.#nextBranch = record.nextBranch
    this.#tip = { height: record.height, weight: record.weight, block: tip }
    this.#beforeTip = beforeTip
  }

  /**
   * Begins a chain with its first block.
   * @param store an empty one
   */
  static async create<B extends Block>(
    store: ChainStore,
    rules: Rules<B>,
    now: UnixSeconds,
    tools: ChainTools,
  ): Promise<Chain<B>> {
    const genesis = rules.genesis(now)
    const record = { height: 1, weight: rules.weightOf(genesis), branch: 0, nextBranch: 1 }
    const ledger = new LedgerBuffer(storedLedger(store))
    await ledger.prepare(rules, [genesis])
    const undo = rules.connectBlock(genesis, ledger)
    if (isReject(undo)) throw new Error(`our own first block is refused: ${undo.message}`)
    const changes = [
      ...blockChanges(rules, genesis, 1, 0),
      ...activeChanges(rules, { block: genesis, height: 1, weight: record.weight, branch: 0, mined: true }, undo),
      ...ledger.changes(),
      { key: TIP_KEY, value: encodeTip(record, formatOf(rules)) },
    ]
    await store.write(changes, { sync: true })
    const sideBlocks = rules.tree && (await SideBlocks.open(store, rules))
    return new Chain(store, { rules, tools, sideBlocks }, { record, tip: genesis, beforeTip: undefined })
  }

  /**
   * Continues the chain of a store.
   * @returns undefined when the store is empty
   * @throws StoreDamaged
   */
  static async open<B extends Block>(
    store: ChainStore,
    rules: Rules<B>,
    tools: ChainTools,
  ): Promise<Chain<B> | undefined> {
    const value = await store.get(TIP_KEY)
    if (value === undefined) {
      for await (const page of store.entries({ from: Uint8Array.of(1), to: Uint8Array.of(0xff) }, { limit: 1 })) {
        if (page.length > 0) throw new StoreDamaged('the record of the last block is missing')
      }
      return undefined
    }
    const record = decodeTip(value, formatOf(rules))
    const end = await checkEnd(new ChainReader(store, rules), rules, record)
    const sideBlocks = rules.tree && (await SideBlocks.open(store, rules))
    const chain = new Chain(store, { rules, tools, sideBlocks }, { record, ...end })
    await chain.discardLeftovers()
    return chain
  }

  /** Removes the branches that were neither adopted nor discarded, after a crash or on a full disk. To be called while none is gathered. */
  async discardLeftovers(): Promise<void> {
    for await (const page of this.#store.entries(STAGED_RANGE)) {
      for (const [key] of page) await discardBranch(this.#store, this.#rules, branchOfStagedKey(key))
    }
  }

  get tip(): Tip<B> {
    return this.#tip
  }

  /** The block before the tip. */
  get beforeTip(): B | undefined {
    return this.#beforeTip
  }

  /** Reads the chain as it is at each single read. */
  get reader(): ChainReader<B> {
    return this.#reader
  }

  /** Reads the chain as it is now, whatever becomes of it. To be closed. */
  async snapshot(): Promise<ChainSnapshot<B>> {
    const snapshot = this.#store.snapshot()
    try {
      // Not the tip in memory: at a switch, the store is ahead of it for a moment.
      const { height } = decodeTip((await snapshot.get(TIP_KEY))!, formatOf(this.#rules))
      const reader = new ChainReader(snapshot, this.#rules)
      const transactions = new TransactionIndex(snapshot, this.#rules, reader)
      return { height, reader, transactions, close: () => snapshot.close() }
    } catch (error) {
      await snapshot.close()
      throw error
    }
  }

  /** What an address holds, and after how many blocks. */
  async balance(address: string): Promise<Balance & { length: number }> {
    const keys = [ledgerKey(this.#rules.balanceKey(address)), TIP_KEY]
    // Both at once, so that they are of the same chain.
    const [value, tip] = await this.#store.getMany(keys)
    return { ...this.#rules.readBalance(value), length: decodeTip(tip!, formatOf(this.#rules)).height }
  }

  /**
   * Appends a block to the tip.
   * @param mined whether this node's miner found it
   * @returns why it is refused; then nothing has changed
   */
  async append(block: B, mined: boolean, alongside: Alongside): Promise<Reject | undefined> {
    const parents = { parent: this.#tip.block, grandparent: this.#beforeTip }
    const refused = await new BlockChecker(this.#rules, this.#tools, parents).firstRefused([block])
    return refused === undefined ? this.appendChecked(block, mined, alongside) : refused.refusal
  }

  /** Appends a block that was checked, which has only the ledger to pass. */
  async appendChecked(block: B, mined: boolean, alongside: Alongside): Promise<Reject | undefined> {
    const { branch } = this.#record
    const height = this.#record.height + 1
    const weight = this.#record.weight + this.#rules.weightOf(block)
    const ledger = new LedgerBuffer(storedLedger(this.#store))
    await ledger.prepare(this.#rules, [block])
    const undo = this.#rules.connectBlock(block, ledger)
    if (isReject(undo)) return undo
    const confirmed = countTransactions(this.#rules, block)
    const changes = [
      ...blockChanges(this.#rules, block, height, branch),
      ...activeChanges(this.#rules, { block, height, weight, branch, mined }, undo),
      ...ledger.changes(),
      ...(await alongside({ confirmed, abandoned: { mined: [], others: [] }, ledger })),
    ]
    await this.#commit({ height, weight, branch }, { tip: block, beforeTip: this.#tip.block }, changes)
    return undefined
  }

  /** Begins to gather a chain that is offered, from its first block on. */
  stage(): Branch<B> {
    // The number is on record only once a branch is adopted: what a crash leaves of others is removed at opening.
    return new Branch(this.#nextBranch++, this.#store, this.#rules, this.#tools)
  }

  /** Begins to gather blocks that are to follow the active chain. */
  stageNext(): Branch<B> {
    return this.#stageFrom({ ...this.#tip, parent: this.#beforeTip })
  }

  /**
   * Begins to gather blocks that are to follow the active block of a height.
   * @throws StoreDamaged
   */
  async stageAt(height: number): Promise<Branch<B>> {
    const [placed, before, record] = await Promise.all([
      this.#reader.blockAt(height),
      this.#reader.blockAt(height - 1),
      this.#reader.activeAt(height),
    ])
    if (placed === undefined || record?.inTree === undefined) throw new StoreDamaged(`block ${height} is missing`)
    return this.#stageFrom({ height, weight: record.inTree.weight, block: placed.block, parent: before?.block })
  }

  #stageFrom(point: BranchPoint<B>): Branch<B> {
    return new Branch(this.#nextBranch++, this.#store, this.#rules, this.#tools, point)
  }

  /** Replays the chain as it is now, and compares with it all that is stored beside the blocks. @returns the first fault */
  async verify(onBlock: (height: number, length: number) => void): Promise<Fault | undefined> {
    const snapshot = this.#store.snapshot()
    try {
      return await verifyStore(snapshot, this.#rules, this.#tools, onBlock)
    } finally {
      await snapshot.close()
    }
  }

  /**
   * Makes a branch the active chain, in one batch: a reader or a crash sees the chain before or the chain after.
   * @param isPending which transactions are of interest to `alongside`, besides the abandoned ones, by `Rules.transactionId`
   */
  async adopt(
    branch: Branch<B>,
    alongside: Alongside,
    isPending: (id: string) => boolean = () => true,
  ): Promise<AdoptRefusal | undefined> {
    if (branch.weight <= this.#record.weight) return 'not-heavier'
    const { fork, tip } = branch
    if (fork.height > 0) {
      const active = await this.#reader.activeAt(fork.height)
      // Or it is of a branch that was begun later: the branches rise with the heights.
      if (active === undefined || active.hash !== fork.hash || active.branch > branch.id) return 'fork-is-gone'
    }
    await branch.flush()
    for await (const page of branch.newBlocks()) await branch.index(page)
    await branch.flush()
    const change = new ChainSwitch(this.#store, this.#rules, { tip: this.#record, branch, alongside, isPending })
    try {
      const record = { height: branch.height, weight: branch.weight, branch: branch.id }
      await this.#commit(record, { tip: tip!, beforeTip: branch.beforeTip }, change.changes())
    } catch (error) {
      if (error instanceof RefusedByLedger) return error.refusal
      throw error
    }
    branch.becameActive()
    await this.sideBlocks?.follow(change)
    return undefined
  }

  async #commit(
    end: Omit<TipRecord, 'nextBranch'>,
    { tip, beforeTip }: { tip: B; beforeTip: B | undefined },
    changes: StoreChanges,
  ): Promise<void> {
    const record = { ...end, nextBranch: this.#nextBranch }
    const last = { key: TIP_KEY, value: encodeTip(record, formatOf(this.#rules)) }
    await this.#store.write('length' in changes ? [...changes, last] : followedBy(changes, last), { sync: true })
    this.#record = record
    this.#tip = { height: record.height, weight: record.weight, block: tip }
    this.#beforeTip = beforeTip
  }
}

async function* followedBy(
  changes: AsyncIterable<readonly StoreChange[]>,
  last: StoreChange,
): AsyncGenerator<readonly StoreChange[]> {
  yield* changes
  yield [last]
}

/** Checks the count, the first block and the last ones: their signatures were checked when they came, and a crash forges none. */
async function checkEnd<B extends Block>(
  reader: ChainReader<B>,
  rules: Rules<B>,
  { height }: TipRecord,
): Promise<{ tip: B; beforeTip: B | undefined }> {
  if ((await reader.blockAt(1)) === undefined) throw new StoreDamaged('the first block is missing')
  if ((await reader.activeAt(height + 1)) !== undefined) {
    throw new StoreDamaged(`there is a block behind block ${height}, the last one on record`)
  }
  const first = Math.max(1, height - CHECKED_AT_OPENING + 1)
  let parent = first > 1 ? (await reader.blockAt(first - 1))?.block : undefined
  let grandparent = first > 2 ? (await reader.blockAt(first - 2))?.block : undefined
  for await (const page of reader.blocks(first, height + 1)) {
    for (const { height, block } of page) {
      // Once a block was not too new, it never is again.
      const refusal = rules.checkBlock(block, parent, { grandparent, now: Number.POSITIVE_INFINITY })
      if (refusal !== undefined) throw new StoreDamaged(`block ${height} is not valid: ${refusal.message}`)
      grandparent = parent
      parent = block
    }
  }
  return { tip: parent!, beforeTip: grandparent }
}
