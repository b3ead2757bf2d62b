import type { Block, Rules } from '../consensus/rules.js'
import { hexBounds } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import { activeKey, activeRange, blockKey, hashRange, readU32 } from './layout.js'
import { type ActiveRecord, decodeActive } from './records.js'
import type { StoreReader } from './store.js'

/** Blocks that are read at once: large enough to be fast, small enough for the memory. */
const PAGE_BLOCKS = 256
const PAGE_BYTES = 1024 * 1024

/** A block and its place in the active chain. */
export interface PlacedBlock<B extends Block> {
  /** Counted from 1. */
  readonly height: number
  readonly block: B
  /** Found by this node's own miner. */
  readonly mined: boolean
}

export interface EncodedBlock {
  readonly height: number
  readonly record: ActiveRecord
  readonly encoded: Uint8Array
}

/** Reads the active chain of a store, or of a snapshot of one. */
export class ChainReader<B extends Block> {
  readonly #store: StoreReader
  readonly #rules: Rules<B>

  constructor(store: StoreReader, rules: Rules<B>) {
    this.#store = store
    this.#rules = rules
  }

  async blockAt(height: number): Promise<PlacedBlock<B> | undefined> {
    const record = await this.activeAt(height)
    if (record === undefined) return undefined
    const [{ encoded }] = (await this.#read(height, [record])) as [EncodedBlock]
    return this.#decoded(height, record, encoded)
  }

  async activeAt(height: number): Promise<ActiveRecord | undefined> {
    const value = await this.#store.get(activeKey(height))
    return value === undefined ? undefined : decodeActive(value)
  }

  /** The heights of the blocks whose hashes begin with these hex digits: as many as there are, but no more than `limit`. */
  async heightsWith(digits: string, limit: number): Promise<number[]> {
    const heights: number[] = []
    for await (const page of this.#store.entries(hashRange(hexBounds(digits)), { limit })) {
      for (const [, value] of page) heights.push(readU32(value))
    }
    return heights
  }

  /** The active records of the heights from `from` up to, not including, `to`, as far as there are any. */
  async activeRecords(from: number, to: number): Promise<ActiveRecord[]> {
    const records: ActiveRecord[] = []
    for await (const page of this.#store.entries(activeRange(from, to))) {
      for (const [, value] of page) records.push(decodeActive(value))
    }
    return records
  }

  /**
   * The blocks of the heights from `from` up to, not including, `to`, some at a time.
   * @throws StoreDamaged where one is missing, or another than was stored
   */
  async *blocks(from: number, to: number): AsyncGenerator<PlacedBlock<B>[]> {
    for await (const page of this.encodedBlocks(from, to)) {
      yield page.map(({ height, record, encoded }) => this.#decoded(height, record, encoded))
    }
  }

  /** As `blocks`, and as they are stored: their checksums are looked at, their hashes are not. */
  async *encodedBlocks(from: number, to: number): AsyncGenerator<EncodedBlock[]> {
    let height = from
    let pageBlocks = 1
    while (height < to) {
      const end = Math.min(to, height + pageBlocks)
      const records = await this.activeRecords(height, end)
      if (records.length !== end - height) {
        throw new StoreDamaged(`block ${height + records.length} of ${to - 1} is missing from the index`)
      }
      const page = await this.#read(height, records)
      yield page
      height = end
      // Blocks differ in size by a factor of 10^5, so the page follows what the last one weighed.
      const bytes = page.reduce((sum, { encoded }) => sum + encoded.length, 0)
      pageBlocks = Math.max(1, Math.min(PAGE_BLOCKS, 2 * pageBlocks, Math.floor((PAGE_BYTES * page.length) / bytes)))
    }
  }

  async #read(firstHeight: number, records: readonly ActiveRecord[]): Promise<EncodedBlock[]> {
    const keys = records.map(({ branch }, i) => blockKey(branch, firstHeight + i))
    const values = await this.#store.getMany(keys)
    return records.map((record, i) => {
      const encoded = values[i]
      if (encoded === undefined) throw new StoreDamaged(`block ${firstHeight + i} is missing`)
      return { height: firstHeight + i, record, encoded }
    })
  }

  #decoded(height: number, { hash, mined }: ActiveRecord, encoded: Uint8Array): PlacedBlock<B> {
    const block = this.#rules.readBlock(encoded)
    if (block.hash !== hash) throw new StoreDamaged(`block ${height} is not the one that was stored`)
    return { height, block, mined }
  }
}
