import type { Reject } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'
import { StoreUnwritable } from '../primitives/errors.js'
import { ChainReader, type PlacedBlock } from './chain-reader.js'
import { blockKey, branchRange, stagedKey } from './layout.js'
import type { ChainStore, StoreChange } from './store.js'

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

  constructor(id: number, store: ChainStore, rules: Rules<B>) {
    this.id = id
    this.#store = store
    this.#rules = rules
    this.#active = new ChainReader(store, rules)
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
        this.#gathered.push({ key: blockKey(this.id, height), value: block.encoded })
        this.#gatheredBytes += block.encoded.length
      }
      this.#height = height
      this.#weight += this.#rules.weightOf(block)
      this.#last = block
    }
    if (this.#gatheredBytes >= FLUSH_BYTES) await this.flush()
    return undefined
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

  /** Removes it. Where the disk takes no more, `Chain.discardLeftovers` does so later. */
  async discard(): Promise<void> {
    this.#gathered = []
    if (!this.#marked) return
    try {
      // By their keys alone: to read megabytes of blocks for that would keep the next peer waiting for seconds.
      for (let first = this.#forkHeight + 1; first <= this.#height; first += DELETE_PAGE) {
        const count = Math.min(DELETE_PAGE, this.#height + 1 - first)
        const keys = Array.from({ length: count }, (_, i) => ({ key: blockKey(this.id, first + i) }))
        await this.#store.write(keys, { sync: false })
      }
      await this.#store.write([{ key: stagedKey(this.id) }], { sync: false })
    } catch (error) {
      if (!(error instanceof StoreUnwritable)) throw error
    }
  }
}

/** Removes a branch of which nothing is known but that it did not become active. */
export async function discardBranch(store: ChainStore, id: number): Promise<void> {
  for await (const page of store.entries(branchRange(id))) {
    for (let i = 0; i < page.length; i += DELETE_PAGE) {
      await store.write(
        page.slice(i, i + DELETE_PAGE).map(([key]) => ({ key })),
        { sync: false },
      )
    }
  }
  await store.write([{ key: stagedKey(id) }], { sync: false })
}
