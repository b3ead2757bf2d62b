import type { ClassicLevel } from 'classic-level'
import type { KeyRange, StoreEntry, StoreReader } from '../chain/store.js'
import { readError } from './leveldb-errors.js'
import { unsealValue } from './sealed-value.js'

export type Level = ClassicLevel<Uint8Array, Uint8Array>

/**
 * What one step of a walk reads at most. Little: what lives when V8 collects its young objects makes it give them more room, and
 * values that were read lie outside of its heap until then.
 */
const PAGE_ENTRIES = 128
const PAGE_BYTES = 64 * 1024

type LevelSnapshot = ReturnType<Level['snapshot']>

/** Reads what `LevelDbStore` wrote. */
export class LevelDbReader implements StoreReader {
  protected readonly level: Level

  constructor(level: Level) {
    this.level = level
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await this.#reading((view) => this.level.get(key, view))
    return value && unsealValue(key, value)
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values = await this.#reading((view) => this.level.getMany([...keys], view))
    return keys.map((key, i) => values[i] && unsealValue(key, values[i]))
  }

  async *entries(range: KeyRange, options: { reverse?: boolean; limit?: number } = {}): AsyncGenerator<StoreEntry[]> {
    const { reverse = false, limit = -1 } = options
    const iterator = await this.#reading(async (view) =>
      this.level.iterator({
        gte: range.from,
        lt: range.to,
        reverse,
        limit,
        highWaterMarkBytes: PAGE_BYTES,
        ...view,
      }),
    )
    try {
      for (;;) {
        const page = await this.#reading(() => iterator.nextv(PAGE_ENTRIES))
        if (page.length === 0) return
        yield page.map(([key, value]) => [key, unsealValue(key, value)] as const)
      }
    } finally {
      await iterator.close()
    }
  }

  /** What is looked at: the store as it is. */
  protected async view(): Promise<{ snapshot?: LevelSnapshot }> {
    return {}
  }

  /** LevelDB's own words for what is wrong become ours. */
  async #reading<T>(read: (view: { snapshot?: LevelSnapshot }) => Promise<T>): Promise<T> {
    try {
      return await read(await this.view())
    } catch (error) {
      throw readError(error)
    }
  }
}

/** Reads the store as it was at one moment. To be closed. */
export class SnapshotReader extends LevelDbReader {
  readonly #snapshot: LevelSnapshot | Promise<LevelSnapshot>

  constructor(level: Level, snapshot: LevelSnapshot | Promise<LevelSnapshot>) {
    super(level)
    this.#snapshot = snapshot
  }

  protected override async view(): Promise<{ snapshot: LevelSnapshot }> {
    return { snapshot: await this.#snapshot }
  }

  async close(): Promise<void> {
    await (await this.#snapshot).close()
  }
}
