import { isReject, type Reject } from '../consensus/reject.js'
import type { Balance, Block, Rules } from '../consensus/rules.js'
import { bytesOfHex } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import type { UnixSeconds } from '../primitives/time.js'
import { Branch, discardBranch } from './branch.js'
import { ChainReader, type PlacedBlock } from './chain-reader.js'
import {
  activeKey,
  blockKey,
  branchOfStagedKey,
  hashKey,
  ledgerKey,
  STAGED_RANGE,
  stagedKey,
  TIP_KEY,
  u32,
  undoKey,
} from './layout.js'
import { LedgerBuffer } from './ledger-buffer.js'
import { decodeTip, encodeActive, encodeTip, type TipRecord } from './records.js'
import type { ChainStore, StoreChange, StoreChanges } from './store.js'
import { placeChanges, placeRemovals, TransactionIndex } from './transaction-index.js'
import { type Fault, verifyStore } from './verify.js'

/** Blocks that are checked when a store is opened: a crash reaches no further back. */
const CHECKED_AT_OPENING = 100
/** Blocks that are taken back at once; each may have megabytes. */
const DISCONNECT_PAGE = 16
/** Of the transactions in abandoned blocks of others the first so many may be pending again: a pool holds no more. */
const MAX_RETURNING = 100_000
const NO_UNDO = new Uint8Array(0)

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

/** What a change of the active chain does to transactions. */
export interface ChainChange {
  /** How often a transaction stands in the blocks that became active, by `Rules.transactionId`; of those that are watched. */
  readonly confirmed: ReadonlyMap<string, number>
  /** The transactions of the blocks that ceased to be active, in their order, those that this node mined apart. */
  readonly abandoned: { readonly mined: readonly Uint8Array[]; readonly others: readonly Uint8Array[] }
}

/** Makes further changes in the same batch, as the pending transactions do. */
export type Alongside = (change: ChainChange) => readonly StoreChange[]

/** Why a branch does not become the active chain: meanwhile the active chain is another, or the ledger refuses a block. */
export type AdoptRefusal = 'not-heavier' | 'fork-is-gone' | { readonly height: number; readonly refusal: Reject }

/**
 * The active chain: its blocks, its ledger, and the choice between it and others that are offered: the greatest weight
 * wins, and of equal ones the first. Callers see to it that one change is under way at a time.
 */
export class Chain<B extends Block> {
  readonly #store: ChainStore
  readonly #rules: Rules<B>
  readonly #reader: ChainReader<B>
  #record: TipRecord
  #nextBranch: number
  #tip: Tip<B>

  private constructor(store: ChainStore, rules: Rules<B>, record: TipRecord, tip: B) {
    this.#store = store
    this.#rules = rules
    this.#reader = new ChainReader(store, rules)
    this.#record = record
    this.#nextBranch = record.nextBranch
    this.#tip = { height: record.height, weight: record.weight, block: tip }
  }

  /**
   * Begins a chain with its first block.
   * @param store an empty one
   */
  static async create<B extends Block>(store: ChainStore, rules: Rules<B>, now: UnixSeconds): Promise<Chain<B>> {
    const genesis = rules.genesis(now)
    const record = { height: 1, weight: rules.weightOf(genesis), branch: 0, nextBranch: 1 }
    const ledger = new LedgerBuffer(store)
    await ledger.prepare(rules, [genesis])
    const undo = rules.connectBlock(genesis, ledger)
    if (isReject(undo)) throw new Error(`our own first block is refused: ${undo.message}`)
    const changes = [
      ...blockChanges(rules, genesis, 1, 0),
      ...activeChanges(genesis, 1, 0, true, undo),
      ...ledger.changes(),
      { key: TIP_KEY, value: encodeTip(record) },
    ]
    await store.write(changes, { sync: true })
    return new Chain(store, rules, record, genesis)
  }

  /**
   * Continues the chain of a store.
   * @returns undefined when the store is empty
   * @throws StoreDamaged
   */
  static async open<B extends Block>(store: ChainStore, rules: Rules<B>): Promise<Chain<B> | undefined> {
    const value = await store.get(TIP_KEY)
    if (value === undefined) {
      for await (const page of store.entries({ from: Uint8Array.of(1), to: Uint8Array.of(0xff) }, { limit: 1 })) {
        if (page.length > 0) throw new StoreDamaged('the record of the last block is missing')
      }
      return undefined
    }
    const record = decodeTip(value)
    const tip = await checkEnd(new ChainReader(store, rules), rules, record)
    const chain = new Chain(store, rules, record, tip)
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

  /** Reads the chain as it is at each single read. */
  get reader(): ChainReader<B> {
    return this.#reader
  }

  /** Reads the chain as it is now, whatever becomes of it. To be closed. */
  async snapshot(): Promise<ChainSnapshot<B>> {
    const snapshot = this.#store.snapshot()
    try {
      // Not the tip in memory: at a switch, the store is ahead of it for a moment.
      const { height } = decodeTip((await snapshot.get(TIP_KEY))!)
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
    return { ...this.#rules.readBalance(value), length: decodeTip(tip!).height }
  }

  /**
   * Appends a block to the tip.
   * @param mined whether this node's miner found it
   * @returns why it is refused; then nothing has changed
   */
  async append(block: B, mined: boolean, alongside: Alongside): Promise<Reject | undefined> {
    const refusal = this.#rules.checkBlock(block, this.#tip.block)
    if (refusal !== undefined) return refusal
    const { branch } = this.#record
    const height = this.#record.height + 1
    const ledger = new LedgerBuffer(this.#store)
    await ledger.prepare(this.#rules, [block])
    const undo = this.#rules.connectBlock(block, ledger)
    if (isReject(undo)) return undo
    const confirmed = new Map<string, number>()
    this.#count(confirmed, block, () => true)
    const record = { height, weight: this.#record.weight + this.#rules.weightOf(block), branch }
    await this.#commit(record, block, [
      ...blockChanges(this.#rules, block, height, branch),
      ...activeChanges(block, height, branch, mined, undo),
      ...ledger.changes(),
      ...alongside({ confirmed, abandoned: { mined: [], others: [] } }),
    ])
    return undefined
  }

  /** Begins to gather a chain that is offered, from its first block on. */
  stage(): Branch<B> {
    // The number is on record only once a branch is adopted: what a crash leaves of others is removed at opening.
    return new Branch(this.#nextBranch++, this.#store, this.#rules)
  }

  /** Begins to gather blocks that are to follow the active chain. */
  stageNext(): Branch<B> {
    return new Branch(this.#nextBranch++, this.#store, this.#rules, this.#tip)
  }

  /** Replays the chain as it is now, and compares with it all that is stored beside the blocks. @returns the first fault */
  async verify(onBlock: (height: number, length: number) => void): Promise<Fault | undefined> {
    const snapshot = this.#store.snapshot()
    try {
      return await verifyStore(snapshot, this.#rules, onBlock)
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
    try {
      const record = { height: branch.height, weight: branch.weight, branch: branch.id }
      await this.#commit(record, tip!, this.#switchTo(branch, alongside, isPending))
      return undefined
    } catch (error) {
      if (error instanceof Refused) return error.refusal
      throw error
    }
  }

  /**
   * The changes that make a branch the active chain.
   * @throws Refused
   */
  async *#switchTo(
    branch: Branch<B>,
    alongside: Alongside,
    isPending: (id: string) => boolean,
  ): AsyncGenerator<readonly StoreChange[]> {
    const { fork } = branch
    const ledger = new LedgerBuffer(this.#store)
    const abandoned = yield* this.#disconnectTo(fork.height, ledger)
    const abandonedIds = new Set(
      [...abandoned.mined, ...abandoned.others].map((each) => this.#rules.transactionId(each)),
    )
    const isWatched = (id: string): boolean => abandonedIds.has(id) || isPending(id)
    const confirmed = new Map<string, number>()
    let connected = fork.height
    for await (const page of branch.newBlocks()) {
      await ledger.prepare(
        this.#rules,
        page.map(({ block }) => block),
      )
      const changes: StoreChange[] = []
      for (const { block, height } of page) {
        const undo = this.#rules.connectBlock(block, ledger)
        if (isReject(undo)) throw new Refused({ height, refusal: undo })
        for (const change of activeChanges(block, height, branch.id, false, undo)) changes.push(change)
        this.#count(confirmed, block, isWatched)
        connected = height
      }
      yield changes
    }
    if (connected !== branch.height) throw new StoreDamaged(`block ${connected + 1} of the branch is missing`)
    yield [{ key: stagedKey(branch.id) }]
    yield ledger.changes()
    yield alongside({ confirmed, abandoned })
  }

  /** Takes the blocks above `height` back, the last one first. */
  async *#disconnectTo(
    height: number,
    ledger: LedgerBuffer,
  ): AsyncGenerator<readonly StoreChange[], ChainChange['abandoned']> {
    const mined: Uint8Array[][] = []
    const others: Uint8Array[][] = []
    let otherCount = 0
    for (let end = this.#record.height; end > height; end -= DISCONNECT_PAGE) {
      const page: PlacedBlock<B>[] = []
      for await (const blocks of this.#reader.blocks(Math.max(height, end - DISCONNECT_PAGE) + 1, end + 1))
        page.push(...blocks)
      await ledger.prepare(
        this.#rules,
        page.map(({ block }) => block),
      )
      const records = await this.#reader.activeRecords(page[0]!.height, end + 1)
      const undos = await this.#store.getMany(records.map(({ branch }, i) => undoKey(branch, page[0]!.height + i)))
      const changes: StoreChange[] = []
      for (const [i, placed] of [...page.entries()].reverse()) {
        const { branch } = records[i]!
        this.#rules.disconnectBlock(placed.block, undos[i] ?? NO_UNDO, ledger)
        changes.push(
          { key: activeKey(placed.height) },
          { key: hashKey(bytesOfHex(placed.block.hash)) },
          { key: blockKey(branch, placed.height) },
        )
        for (const removal of placeRemovals(this.#rules, placed.block, placed.height, branch)) changes.push(removal)
        if (undos[i] !== undefined) changes.push({ key: undoKey(branch, placed.height) })
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

  #count(counts: Map<string, number>, block: B, isWatched: (id: string) => boolean): void {
    for (const transaction of this.#rules.transactionsOf(block)) {
      const id = this.#rules.transactionId(transaction)
      if (isWatched(id)) counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }

  async #commit(end: Omit<TipRecord, 'nextBranch'>, tip: B, changes: StoreChanges): Promise<void> {
    const record = { ...end, nextBranch: this.#nextBranch }
    const last = { key: TIP_KEY, value: encodeTip(record) }
    await this.#store.write('length' in changes ? [...changes, last] : followedBy(changes, last), { sync: true })
    this.#record = record
    this.#tip = { height: record.height, weight: record.weight, block: tip }
  }
}

async function* followedBy(
  changes: AsyncIterable<readonly StoreChange[]>,
  last: StoreChange,
): AsyncGenerator<readonly StoreChange[]> {
  yield* changes
  yield [last]
}

/** Ends a write before it is made. */
class Refused extends Error {
  readonly refusal: { readonly height: number; readonly refusal: Reject }

  constructor(refusal: { height: number; refusal: Reject }) {
    super(refusal.refusal.message)
    this.refusal = refusal
  }
}

function blockChanges<B extends Block>(rules: Rules<B>, block: B, height: number, branch: number): StoreChange[] {
  return [{ key: blockKey(branch, height), value: block.encoded }, ...placeChanges(rules, block, height, branch)]
}

function activeChanges(block: Block, height: number, branch: number, mined: boolean, undo: Uint8Array): StoreChange[] {
  const { hash } = block
  const changes: StoreChange[] = [
    { key: activeKey(height), value: encodeActive({ branch, mined, hash }) },
    { key: hashKey(bytesOfHex(hash)), value: u32(height) },
  ]
  if (undo.length > 0) changes.push({ key: undoKey(branch, height), value: undo })
  return changes
}

/** Checks the count, the first block and the last ones. */
async function checkEnd<B extends Block>(reader: ChainReader<B>, rules: Rules<B>, record: TipRecord): Promise<B> {
  const { height } = record
  if ((await reader.blockAt(1)) === undefined) throw new StoreDamaged('the first block is missing')
  if ((await reader.activeAt(height + 1)) !== undefined) {
    throw new StoreDamaged(`there is a block behind block ${height}, the last one on record`)
  }
  let parent = height > CHECKED_AT_OPENING ? (await reader.blockAt(height - CHECKED_AT_OPENING))?.block : undefined
  for await (const page of reader.blocks(Math.max(1, height - CHECKED_AT_OPENING + 1), height + 1)) {
    for (const placed of page) {
      const refusal = rules.checkBlock(placed.block, parent)
      if (refusal !== undefined) throw new StoreDamaged(`block ${placed.height} is not valid: ${refusal.message}`)
      parent = placed.block
    }
  }
  return parent!
}
