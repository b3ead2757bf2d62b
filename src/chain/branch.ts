import type { Reject } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'
import { StoreUnwritable } from '../primitives/errors.js'
import { ChainReader, type PlacedBlock } from './chain-reader.js'
import { blockKey, branchRange, readBlockKey, stagedKey } from './layout.js'
import type { ChainStore, StoreChange } from './store.js'
import { placeChanges, placeRemovals } from './transaction-index.js'

/** Gathered blocks are written when there are so many bytes of them. */
const FLUSH_BYTES = 1024 * 1024
const DELETE_PAGE = 1000

/**
 * A chain that is being offered, checked block by block from its first one. What it has in common with the active chain
 * is only compared; the rest waits in the store, outside the active chain, until it is adopted or discarded.
 */
export class Branch<B extends Block> {
  readonly id: number
  readonly #store: ChainStore
  readonly #rules: Rules<B>
  readonly #active: ChainReader<B>
  #last: B | undefined
  #forkHash: string | undefined
  #forkHeight = 0
  #common = true
  #height = 0
  #weight = 0n
  #gathered: StoreChange[] = []
  #gatheredBytes = 0
  #marked = false
  #indexed = false

  /** @param tip the end of the active chain, where the branch begins there and not at the first block */
  constructor(id: number, store: ChainStore, rules: Rules<B>, tip?: { height: number; weight: bigint; block: B }) {
    this.id = id
    this.#store = store
    this.#rules = rules
    this.#active = new ChainReader(store, rules)
    if (tip === undefined) return
    this.#height = this.#forkHeight = tip.height
    this.#weight = tip.weight
    this.#last = tip.block
    this.#forkHash = tip.block.hash
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

  /** The last block that the branch shares with the active chain; height 0 when it shares none. */
  get fork(): { height: number; hash: string | undefined } {
    return { height: this.#forkHeight, hash: this.#forkHash }
  }

  /** Checks the next blocks and keeps them: all of them, or those before the first that is refused. */
  async add(blocks: readonly B[]): Promise<{ height: number; refusal: Reject } | undefined> {
    const activeHashes = this.#common
      ? (await this.#active.activeRecords(this.#height + 1, this.#height + 1 + blocks.length)).map(({ hash }) => hash)
      : []
    const firstHeight = this.#height + 1
    for (const block of blocks) {
      const height = this.#height + 1
      if (this.#common && activeHashes[height - firstHeight] === block.hash) {
        this.#forkHash = block.hash
        this.#forkHeight = height
      } else {
        this.#common = false
        const refusal = this.#rules.checkBlock(block, this.#last)
        if (refusal !== undefined) return { height, refusal }
        this.#gather({ key: blockKey(this.id, height), value: block.encoded })
      }
      this.#height = height
      this.#weight += this.#rules.weightOf(block)
      this.#last = block
    }
    if (this.#gatheredBytes >= FLUSH_BYTES) await this.flush()
    return undefined
  }

  #gather(change: { key: Uint8Array; value: Uint8Array }): void {
    this.#gathered.push(change)
    this.#gatheredBytes += change.key.length + change.value.length
  }

  /** Writes what is gathered. */
  async flush(): Promise<void> {
    if (this.#gathered.length === 0) return
    const changes = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    if (!this.#marked) changes.unshift({ key: stagedKey(this.id), value: new Uint8Array(0) })
    this.#marked = true
    // Synced: LevelDB may have begun another log file before the batch that makes these blocks active.
    await this.#store.write(changes, { sync: true })
  }

  /** The blocks that are not in the active chain, some at a time. */
  async *newBlocks(): AsyncGenerator<PlacedBlock<B>[]> {
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

  /** Removes it. Where the disk takes no more, `Chain.discardLeftovers` does so later. */
  async discard(): Promise<void> {
    this.#gathered = []
    if (!this.#marked) return
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
