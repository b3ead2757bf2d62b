import type { Block, Rules } from '../consensus/rules.js'
import { hexBounds } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import { activeKey, activeRange, blockKey, hashRange, heightOfActiveKey, readBlockKey, readU32 } from './layout.js'
import { type ActiveRecord, decodeActive } from './records.js'
import type { StoreReader } from './store.js'

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
    const encoded = await this.#store.get(blockKey(record.branch, height))
    if (encoded === undefined) throw missing(height)
    return this.#decoded({ height, record, encoded })
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

  /** The active records of the heights from `from` up to, not including, `to`, or up to the first that is not there. */
  async activeRecords(from: number, to: number): Promise<ActiveRecord[]> {
    const records: ActiveRecord[] = []
    for await (const page of this.#store.entries(activeRange(from, to))) {
      for (const [key, value] of page) {
        if (heightOfActiveKey(key) > from + records.length) return records
        records.push(decodeActive(value))
      }
    }
    return records
  }

  /**
   * The headers of the heights from `from` up to, not including, `to`, where the rules have them kept.
   * @throws StoreDamaged where one is missing
   */
  async headers(from: number, to: number): Promise<Uint8Array[]> {
    if (from >= to) return []
    const records = await this.activeRecords(from, to)
    const headers = records.flatMap(({ inTree }) => inTree?.header ?? [])
    if (headers.length < to - from) throw missingRecord(from + headers.length)
    return headers
  }

  /**
   * The blocks of the heights from `from` up to, not including, `to`, some at a time.
   * @throws StoreDamaged where one is missing, or another than was stored
   */
  async *blocks(from: number, to: number): AsyncGenerator<PlacedBlock<B>[]> {
    for await (const page of this.encodedBlocks(from, to)) yield page.map((block) => this.#decoded(block))
  }

  /** As `blocks`, with the blocks as they are stored: their checksums are looked at, their hashes are not. */
  async *encodedBlocks(from: number, to: number): AsyncGenerator<EncodedBlock[]> {
    let first = from
    for await (const page of this.encodings(from, to)) {
      const end = first + page.length
      const records = await this.activeRecords(first, end)
      if (records.length < page.length) throw missingRecord(first + records.length)
      yield records.map((record, i) => ({ height: first + i, record, encoded: page[i]! }))
      first = end
    }
  }

  /** Nothing but the blocks as they are stored. The index is only read where not all blocks of a page are of one branch. */
  async *encodings(from: number, to: number): AsyncGenerator<Uint8Array[]> {
    if (from >= to) return
    let height = from
    let branch = (await this.#branchesAt(from, from + 1))[0]!
    const lastBranch = (await this.#branchesAt(to - 1, to))[0]!
    // One walk, not one for each page: LevelDB's library frees what an iterator read last only when the collector finds it.
    for await (const entries of this.#store.entries({ from: blockKey(branch, from), to: blockKey(lastBranch, to) })) {
      const start = height
      const [lastKey] = entries.at(-1)!
      const isOfOneBranch = readBlockKey(lastKey).branch === branch
      const branches = isOfOneBranch ? [] : await this.#branchesAt(start, Math.min(to, start + entries.length))
      const page: Uint8Array[] = []
      for (const [key, encoded] of entries) {
        const place = readBlockKey(key)
        branch = branches[height - start] ?? branch
        // Of a branch that is being gathered, or could not be discarded.
        if (place.branch < branch) continue
        if (place.branch > branch || place.height > height) throw missing(height)
        page.push(encoded)
        height++
      }
      if (page.length > 0) yield page
    }
    if (height < to) throw missing(height)
  }

  /** The branches that hold the active blocks of the heights from `from` up to, not including, `to`. */
  async #branchesAt(from: number, to: number): Promise<number[]> {
    const heights = Array.from({ length: to - from }, (_, i) => from + i)
    const values = await this.#store.getMany(heights.map(activeKey))
    return values.map((value, i) => {
      if (value === undefined) throw missingRecord(from + i)
      return decodeActive(value).branch
    })
  }

  #decoded({ height, record, encoded }: EncodedBlock): PlacedBlock<B> {
    const block = this.#rules.readBlock(encoded)
    if (block.hash !== record.hash) throw new StoreDamaged(`block ${height} is not the one that was stored`)
    return { height, block, mined: record.mined }
  }
}

function missing(height: number): StoreDamaged {
  return new StoreDamaged(`block ${height} is missing`)
}

function missingRecord(height: number): StoreDamaged {
  return new StoreDamaged(`block ${height} is missing from the index`)
}
