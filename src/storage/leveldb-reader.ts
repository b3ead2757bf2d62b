import type { ClassicLevel } from 'classic-level'
import type { KeyRange, StoreEntry, StoreReader } from '../chain/store.js'
import { readError } from './leveldb-errors.js'
import { unsealValue } from './sealed-value.js'

export type Level = ClassicLevel<Uint8Array, Uint8Array>
export type LevelSnapshot = ReturnType<Level['snapshot']>

/**
 * What one step of a walk reads at most. Little: what lives when V8 collects its young objects makes it give them more room, and
 * values that were read lie outside of its heap until then.
 */
const PAGE_ENTRIES = 128
const PAGE_BYTES = 64 * 1024

/** What is looked at: a snapshot, or without one the store as it is. */
export interface View {
  readonly snapshot?: LevelSnapshot
}

/** Reads what `LevelDbStore` wrote. */
export abstract class LevelDbReader implements StoreReader {
  protected readonly level: Level

  constructor(level: Level) {
    this.level = level
  }

  /** Stands before each read, which `leave` follows. */
  protected abstract enter(): Promise<View>
  protected abstract leave(): void

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#reading(async (view) => {
      const value = await this.level.get(key, view)
      return value && unsealValue(key, value)
    })
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#reading(async (view) => {
      const values = await this.level.getMany([...keys], view)
      return keys.map((key, i) => values[i] && unsealValue(key, values[i]))
    })
  }

  async *entries(range: KeyRange, options: { reverse?: boolean; limit?: number } = {}): AsyncGenerator<StoreEntry[]> {
    const { reverse = false, limit = -1 } = options
    const view = await this.enter()
    try {
      const bounds = { gte: range.from, lt: range.to, reverse, limit }
      const iterator = this.level.iterator({ ...bounds, highWaterMarkBytes: PAGE_BYTES, ...view })
      try {
        for (;;) {
          const page = await iterator.nextv(PAGE_ENTRIES)
          if (page.length === 0) return
          yield page.map(([key, value]) => [key, unsealValue(key, value)] as const)
        }
      } finally {
        await iterator.close()
      }
    } catch (error) {
      throw readError(error)
    } finally {
      this.leave()
    }
  }

  async #reading<T>(read: (view: View) => Promise<T>): Promise<T> {
    const view = await this.enter()
    try {
      return await read(view)
    } catch (error) {
      throw readError(error)
    } finally {
      this.leave()
    }
  }
}

/** Reads the store as it was at one moment. To be closed. */
export class SnapshotReader extends LevelDbReader {
  readonly #snapshot: Promise<LevelSnapshot>
  readonly #onClose: () => void

  /** @param onClose called after a snapshot that was taken is closed */
  constructor(level: Level, snapshot: Promise<LevelSnapshot>, onClose: () => void) {
    super(level)
    this.#snapshot = snapshot
    this.#onClose = onClose
    // Whoever reads is told that it could not be taken; it may be that nobody does.
    snapshot.catch(() => {})
  }

  protected override async enter(): Promise<View> {
    return { snapshot: await this.#snapshot }
  }

  protected override leave(): void {}

  async close(): Promise<void> {
    const snapshot = await this.#snapshot.catch(() => undefined)
    await snapshot?.close().finally(this.#onClose)
  }
}
