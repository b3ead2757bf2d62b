import { existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { ClassicLevel } from 'classic-level'
import type { ChainStore, KeyRange, StoreChange, StoreEntry, StoreReader } from '../chain/store.js'
import { concatBytes, hexOf, textOf } from '../primitives/bytes.js'
import { StoreDamaged, StoreLocked, StoreUnwritable } from '../primitives/errors.js'

type Level = ClassicLevel<Uint8Array, Uint8Array>
type LevelSnapshot = ReturnType<Level['snapshot']>

const CHECKSUM_BYTES = 4
/** What one step of a walk reads at most. */
const PAGE_ENTRIES = 1000
const PAGE_BYTES = 256 * 1024
/** After so many changes of a large batch others get a turn. */
const CHANGES_PER_TURN = 5000

/**
 * Reads what `LevelDbStore` wrote. A value lies there with the CRC-32 of its key and itself in front (big-endian): LevelDB checks its own blocks
 * only on request, and not whether a value is the one of its key.
 */
class LevelDbReader implements StoreReader {
  protected readonly level: Level
  readonly #options: { snapshot?: LevelSnapshot }

  constructor(level: Level, snapshot?: LevelSnapshot) {
    this.level = level
    this.#options = snapshot === undefined ? {} : { snapshot }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return checked(key, await named(this.level.get(key, this.#options)))
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values = await named(this.level.getMany([...keys], this.#options))
    return keys.map((key, i) => checked(key, values[i]))
  }

  async *entries(range: KeyRange, options: { reverse?: boolean; limit?: number } = {}): AsyncGenerator<StoreEntry[]> {
    const iterator = this.level.iterator({
      gte: range.from,
      lt: range.to,
      reverse: options.reverse ?? false,
      limit: options.limit ?? -1,
      highWaterMarkBytes: PAGE_BYTES,
      ...this.#options,
    })
    try {
      for (;;) {
        const page = await named(iterator.nextv(PAGE_ENTRIES))
        if (page.length === 0) return
        yield page.map(([key, value]) => [key, checked(key, value)!] as const)
      }
    } finally {
      await iterator.close()
    }
  }
}

/** Keys and values in LevelDB. One process opens a folder at a time. */
export class LevelDbStore extends LevelDbReader implements ChainStore {
  /**
   * @param create whether the folder may be a new one; without, a folder that lost its files is not taken for new
   * @throws StoreLocked, StoreDamaged
   */
  static async open(folder: string, options: { create: boolean }): Promise<LevelDbStore> {
    if (!options.create && !existsSync(`${folder}/CURRENT`)) throw new StoreDamaged(`${folder}/CURRENT is missing`)
    const level: Level = new ClassicLevel(folder, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      createIfMissing: options.create,
      // Printed JSON compresses to a fifth, but reading it back costs more than the disk.
      compression: true,
    })
    try {
      await level.open()
    } catch (error) {
      const cause =
        error instanceof Error ? (error.cause as { code?: string; message?: string } | undefined) : undefined
      if (cause?.code === 'LEVEL_LOCKED') throw new StoreLocked(folder)
      throw new StoreDamaged(`${folder} cannot be opened: ${cause?.message ?? error}`, { cause: error })
    }
    return new LevelDbStore(level)
  }

  async write(changes: readonly StoreChange[], options: { sync: boolean }): Promise<void> {
    const batch = this.level.batch()
    try {
      let made = 0
      for (const { key, value } of changes) {
        if (value === undefined) batch.del(key)
        else batch.put(key, concatBytes(checksum(key, value), value))
        if (++made % CHANGES_PER_TURN === 0) await nextTurn()
      }
    } catch (error) {
      await batch.close()
      throw error
    }
    try {
      await batch.write(options)
    } catch (error) {
      throw new StoreUnwritable(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  snapshot(): StoreReader & { close(): Promise<void> } {
    const snapshot = this.level.snapshot()
    return Object.assign(new LevelDbReader(this.level, snapshot), { close: () => snapshot.close() })
  }

  async close(): Promise<void> {
    await this.level.close()
  }
}

function checksum(key: Uint8Array, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CHECKSUM_BYTES)
  new DataView(bytes.buffer).setUint32(0, crc32(value, crc32(key)))
  return bytes
}

function checked(key: Uint8Array, stored: Uint8Array | undefined): Uint8Array | undefined {
  if (stored === undefined) return undefined
  const value = stored.subarray(CHECKSUM_BYTES)
  const expected = checksum(key, value)
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    if (stored[i] !== expected[i]) throw new StoreDamaged(`the checksum of record ${nameOfKey(key)} is wrong`)
  }
  return value
}

/** The key's letter, and the rest in hex. */
function nameOfKey(key: Uint8Array): string {
  return `${textOf(key.subarray(0, 1))} ${hexOf(key.subarray(1))}`
}

/** LevelDB's own words for damage become ours. */
async function named<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR') {
      throw new StoreDamaged(error instanceof Error ? error.message : String(error), { cause: error })
    }
    throw error
  }
}
