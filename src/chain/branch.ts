import type { Reject } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'
import { StoreUnwritable } from '../primitives/errors.js'
import { BlockChecker, type ChainTools } from './block-checker.js'
import { ChainReader, type PlacedBlock } from './chain-reader.js'
import { blockKey, branchRange, readBlockKey, stagedKey } from './layout.js'
import type { ChainStore, StoreChange } from './store.js'
import { placeChanges, placeRemovals } from './transaction-index.js'

/** Gathered blocks are written when there are so many bytes of them. */
const FLUSH_BYTES = 1024 * 1024
const DELETE_PAGE = 1000
/** Blocks of so many bytes stay in memory until they are adopted: reading one again costs as much as checking it, signatures aside. */
const KEPT_BYTES = 16 * 1024 * 1024
const KEPT_PAGE = 100

/** Where in the active chain a branch begins. */
export interface BranchPoint<B extends Block> {
  readonly height: number
  /** Of the active chain up to there. */
  readonly weight: bigint
  readonly block: B
  readonly parent: B | undefined
}

/**
 * A chain that is being offered, checked block by block from its first one. What it has in common with the active chain
 * is only compared; the rest waits in the store, outside the active chain, until it is adopted or discarded.
 */
export class Branch<B extends Block> {
  readonly id: number
  readonly #store: ChainStore
  readonly #rules: Rules<B>
  readonly #tools: ChainTools
  readonly #active: ChainReader<B>
  #checker: BlockChecker<B> | undefined
  #last: B | undefined
  #beforeLast: B | undefined
  #forkHash: string | undefined
  #forkHeight = 0
  #forkWeight = 0n
  #common = true
  #height = 0
  #weight = 0n
  #gathered: StoreChange[] = []
  #gatheredBytes = 0
  /** The blocks that are not in the active chain; undefined where they became too many. */
  #kept: B[] | undefined = []
  #keptBytes = 0
  #marked = false
  #indexed = false
  #isActive = false

  /** @param from where the branch begins, if not at the first block */
  constructor(id: number, store: ChainStore, rules: Rules<B>, tools: ChainTools, from?: BranchPoint<B>) {
    this.id = id
    this.#store = store
    this.#rules = rules
    this.#tools = tools
    this.#active = new ChainReader(store, rules)
    if (from === undefined) return
    this.#height = this.#forkHeight = from.height
    this.#weight = this.#forkWeight = from.weight
    this.#last = from.block
    this.#beforeLast = from.parent
    this.#forkHash = from.block.hash
  }

  /** Blocks so far. */
  get height(): number {
    return this.#height
  }

  get weight(): bigint {
    return this.#weight
  }

  get tip(): B | undefined {
    return this.#last
  }

  /** The block before the tip. */
  get beforeTip(): B | undefined {
    return this.#beforeLast
  }

  /** The last block that the branch shares with the active chain; height 0 when it shares none. */
  get fork(): { height: number; hash: string | undefined; weight: bigint } {
    return { height: this.#forkHeight, hash: this.#forkHash, weight: this.#forkWeight }
  }

  /** Checks the next blocks and keeps them: all of them, or those before the first that is refused. */
  async add(blocks: readonly B[]): Promise<{ height: number; refusal: Reject } | undefined> {
    const shared = this.#common ? await this.#sharedBlocks(blocks) : 0
    for (const block of blocks.slice(0, shared)) {
      this.#append(block)
      this.#forkHash = block.hash
      this.#forkHeight = this.#height
      this.#forkWeight = this.#weight
    }
    const rest = blocks.slice(shared)
    if (rest.length === 0) return undefined
    this.#common = false
    this.#checker ??= new BlockChecker(this.#rules, this.#tools, { parent: this.#last, grandparent: this.#beforeLast })
    const refused = await this.#checker.firstRefused(rest)
    await this.addChecked(rest.slice(0, refused?.at))
    return refused && { height: this.#height + 1, refusal: refused.refusal }
  }

  /** Keeps blocks that were checked as the next ones of this very chain. */
  async addChecked(blocks: readonly B[]): Promise<void> {
    this.#common = false
    for (const block of blocks) {
      this.#append(block)
      this.#gather({ key: blockKey(this.id, this.#height), value: block.encoded })
      this.#keep(block)
    }
    if (this.#gatheredBytes >= FLUSH_BYTES) await this.flush()
  }

  #keep(block: B): void {
    this.#keptBytes += block.encoded.length
    if (this.#keptBytes > KEPT_BYTES) this.#kept = undefined
    else this.#kept?.push(block)
  }

  /** How many of the next blocks are those of the active chain. */
  async #sharedBlocks(blocks: readonly B[]): Promise<number> {
    const active = await this.#active.activeRecords(this.#height + 1, this.#height + 1 + blocks.length)
    const other = blocks.findIndex((block, i) => active[i]?.hash !== block.hash)
    return other < 0 ? blocks.length : other
  }

  #append(block: B): void {
    this.#height++
    this.#weight += this.#rules.weightOf(block)
    this.#beforeLast = this.#last
    this.#last = block
  }

  #gather(change: { key: Uint8Array; value: Uint8Array }): void {
    this.#gathered.push(change)
    this.#gatheredBytes += change.key.length + change.value.length
  }

  /** Writes what is gathered. What the store does not take stays gathered: nothing is adopted without it. */
  async flush(): Promise<void> {
    if (this.#gathered.length === 0) return
    if (!this.#marked) this.#gathered.unshift({ key: stagedKey(this.id), value: new Uint8Array(0) })
    this.#marked = true
    // Synced: LevelDB may have begun another log file before the batch that makes these blocks active.
    await this.#store.write(this.#gathered, { sync: true })
    this.#gathered = []
    this.#gatheredBytes = 0
  }

  /** The blocks that are not in the active chain, some at a time. */
  async *newBlocks(): AsyncGenerator<PlacedBlock<B>[]> {
    if (this.#kept !== undefined) {
      const first = this.#forkHeight + 1
      for (let i = 0; i < this.#kept.length; i += KEPT_PAGE) {
        const page = this.#kept.slice(i, i + KEPT_PAGE)
        yield page.map((block, j) => ({ height: first + i + j, block, mined: false }))
      }
      return
    }
    const { from, to } = { from: blockKey(this.id, this.#forkHeight + 1), to: blockKey(this.id, this.#height + 1) }
    let height = this.#forkHeight
    for await (const page of this.#store.entries({ from, to })) {
      yield page.map(([, value]) => ({ height: ++height, block: this.#rules.readBlock(value), mined: false }))
    }
  }

  /** Writes the index entries of these blocks' transactions. They are found through it once the branch is active, and not before. */
  async index(blocks: readonly PlacedBlock<B>[]): Promise<void> {
    this.#indexed = true
    for (const { block, height } of blocks) {
      for (const place of placeChanges(this.#rules, block, height, this.id)) this.#gather(place)
    }
    if (this.#gatheredBytes >= FLUSH_BYTES) await this.flush()
  }

  /** The store has it as the active chain from now on: there is nothing left to be discarded. */
  becameActive(): void {
    this.#isActive = true
  }

  /** Removes it, unless it became active. Where the disk takes no more, `Chain.discardLeftovers` does so later. */
  async discard(): Promise<void> {
    this.#gathered = []
    if (!this.#marked || this.#isActive) return
    try {
      if (this.#indexed) await discardBranch(this.#store, this.#rules, this.id)
      else await this.#discardBlocks()
    } catch (error) {
      if (!(error instanceof StoreUnwritable)) throw error
    }
  }

  /** By their keys alone: to read megabytes of blocks for that would keep the next peer waiting for seconds. */
  async #discardBlocks(): Promise<void> {
    for (let first = this.#forkHeight + 1; first <= this.#height; first += DELETE_PAGE) {
      const count = Math.min(DELETE_PAGE, this.#height + 1 - first)
      const keys = Array.from({ length: count }, (_, i) => ({ key: blockKey(this.id, first + i) }))
      await this.#store.write(keys, { sync: false })
    }
    await this.#store.write([{ key: stagedKey(this.id) }], { sync: false })
  }
}

/** Removes a branch of which nothing is known but that it did not become active. */
export async function discardBranch<B extends Block>(store: ChainStore, rules: Rules<B>, id: number): Promise<void> {
  for await (const page of store.entries(branchRange(id))) {
    let changes: StoreChange[] = []
    for (const [key, encoded] of page) {
      // With each block goes what leads to it: a crash in between leaves both or neither.
      changes = changes.concat({ key }, placeRemovals(rules, rules.readBlock(encoded), readBlockKey(key).height, id))
      if (changes.length < DELETE_PAGE) continue
      await store.write(changes, { sync: false })
      changes = []
    }
    await store.write(changes, { sync: false })
  }
  await store.write([{ key: stagedKey(id) }], { sync: false })
}
