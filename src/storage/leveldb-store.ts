import { existsSync, statfsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { ClassicLevel } from 'classic-level'
import pLimit from 'p-limit'
import { readU32, u32 } from '../chain/layout.js'
import type { ChainStore, KeyRange, StoreChange, StoreEntry, StoreReader } from '../chain/store.js'
import { concatBytes, hexOf, textOf, utf8 } from '../primitives/bytes.js'
import { StoreDamaged, StoreLocked, StoreUnwritable } from '../primitives/errors.js'
import { checkFiles } from './log-check.js'
import { readWitness, Witness } from './witness.js'

type Level = ClassicLevel<Uint8Array, Uint8Array>
type LevelSnapshot = ReturnType<Level['snapshot']>

const CHECKSUM_BYTES = 4
/**
 * What one step of a walk reads at most. Little: what lives when V8 collects its young objects makes it give them more room, and
 * values that were read lie outside of its heap until then.
 */
const PAGE_ENTRIES = 128
const PAGE_BYTES = 64 * 1024
/** After so many changes of a large batch others get a turn. */
const CHANGES_PER_TURN = 5000
/** How many synced writes there were, in decimal: the only key that is not in `chain/layout.ts`, and before all that are. */
const COUNT_KEY = Uint8Array.of(0)
/** LevelDB writes its log's contents as a table when it opens: 4 MiB of them at most. */
const ROOM_TO_RECOVER = 16 * 1024 * 1024

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

/**
 * Keys and values in LevelDB. One process opens a folder at a time. Each synced write also counts itself, under a key of its own and in
 * a `Witness` beside the folder, so that writes that were acknowledged and are no longer there do not go unnoticed.
 */
export class LevelDbStore extends LevelDbReader implements ChainStore {
  readonly #folder: string
  readonly #witness: Witness
  readonly #oneAtATime = pLimit(1)
  #syncedWrites: number
  /** After a write that failed the log may end in half a record, and is not written to before LevelDB has read it anew. */
  #state: 'sound' | 'failed' | 'stale' | 'closed' = 'sound'

  private constructor(level: Level, folder: string, witness: Witness, syncedWrites: number) {
    super(level)
    this.#folder = folder
    this.#witness = witness
    this.#syncedWrites = syncedWrites
  }

  /**
   * @param create whether the folder may be a new one; without, a folder that lost its files is not taken for new
   * @throws StoreLocked, StoreDamaged, StoreUnwritable
   */
  static async open(folder: string, options: { create: boolean }): Promise<LevelDbStore> {
    if (!options.create || existsSync(folder)) await checkUnheld(folder, options.create)
    const level: Level = new ClassicLevel(folder, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      createIfMissing: options.create,
    })
    await openLevel(level, folder)
    try {
      const syncedWrites = countOf(await new LevelDbReader(level).get(COUNT_KEY))
      const witnessFile = witnessFileOf(folder)
      const lost = readWitness(witnessFile) - syncedWrites
      if (lost > 0) {
        throw new StoreDamaged(
          `${folder} lacks the last ${lost} of the writes that ${witnessFile} counts as acknowledged`,
        )
      }
      return new LevelDbStore(level, folder, Witness.open(witnessFile), syncedWrites)
    } catch (error) {
      await level.close()
      throw error
    }
  }

  write(changes: readonly StoreChange[], options: { sync: boolean }): Promise<void> {
    // In turn: the counts must reach the disk in their order.
    return this.#oneAtATime(() => this.#write(changes, options))
  }

  snapshot(): StoreReader & { close(): Promise<void> } {
    const snapshot = this.level.snapshot()
    return Object.assign(new LevelDbReader(this.level, snapshot), { close: () => snapshot.close() })
  }

  async close(): Promise<void> {
    await this.#oneAtATime(async () => {
      if (this.#state === 'closed') return
      this.#state = 'closed'
      await this.level.close()
      this.#witness.close()
    })
  }

  async #write(changes: readonly StoreChange[], { sync }: { sync: boolean }): Promise<void> {
    if (this.#state !== 'sound') await this.#recover()
    const count = this.#syncedWrites + 1
    const batch = await this.#batchOf(changes)
    if (sync) batch.put(COUNT_KEY, stored(COUNT_KEY, utf8(String(count))))
    try {
      await batch.write({ sync })
    } catch (error) {
      this.#state = 'failed'
      throw new StoreUnwritable(messageOf(error), { cause: error })
    }
    if (!sync) return
    this.#syncedWrites = count
    // What is on disk is on disk: a witness that could not be told lags behind, and is told by the next write.
    this.#witness.tryWrite(count)
  }

  async #batchOf(changes: readonly StoreChange[]): Promise<ReturnType<Level['batch']>> {
    const batch = this.level.batch()
    try {
      let made = 0
      for (const { key, value } of changes) {
        if (value === undefined) batch.del(key)
        else batch.put(key, stored(key, value))
        if (++made % CHANGES_PER_TURN === 0) await nextTurn()
      }
      return batch
    } catch (error) {
      await batch.close()
      throw error
    }
  }

  /** Opens the folder anew after a write that failed. Until there is room for that, it can be read as it is. */
  async #recover(): Promise<void> {
    if (this.#state === 'closed') throw new Error('the store is closed')
    if (this.#state === 'failed') {
      const { bavail, bsize } = statfsSync(this.#folder)
      if (bavail * bsize < ROOM_TO_RECOVER) throw new StoreUnwritable(`the disk that holds ${this.#folder} is full`)
      await this.level.close()
      await openLevel(this.level, this.#folder)
      this.#state = (await this.#countedWrites()) === this.#syncedWrites ? 'sound' : 'stale'
    }
    // The disk failed behind the writing, not in it. Whoever wrote that was told that it had failed, and has gone on from there.
    if (this.#state === 'stale') {
      throw new StoreUnwritable('a change that had failed is on the disk after all: the node must be started again')
    }
  }

  async #countedWrites(): Promise<number> {
    return countOf(await this.get(COUNT_KEY))
  }
}

/** Beside the folder of a store. */
export function witnessFileOf(folder: string): string {
  return `${folder}.acknowledged`
}

function countOf(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : Number(textOf(value))
}

/** Looks for damage. While another process writes the files, what is seen of them is none. */
async function checkUnheld(folder: string, create: boolean): Promise<void> {
  try {
    checkUnlessEmpty(folder, create)
  } catch (error) {
    if (!existsSync(folder)) throw error
    await checkUnlocked(folder)
    // Whoever wrote may have closed the store since.
    checkUnlessEmpty(folder, create)
  }
}

/**
 * Takes the lock for a moment: asked to open nothing that exists and to make nothing, LevelDB leaves it at that.
 * @throws StoreLocked
 */
async function checkUnlocked(folder: string): Promise<void> {
  const level = new ClassicLevel(folder, { createIfMissing: false, errorIfExists: true })
  try {
    await level.open()
  } catch (error) {
    if (isLocked(error)) throw lockedError(folder)
  }
}

function checkUnlessEmpty(folder: string, create: boolean): void {
  // A home that was begun and never got as far as a chain may be begun again.
  if (create && !existsSync(`${folder}/CURRENT`)) return
  checkFiles(folder)
}

async function openLevel(level: Level, folder: string): Promise<void> {
  try {
    await level.open()
  } catch (error) {
    if (isLocked(error)) throw lockedError(folder)
    const what = `${folder} cannot be opened: ${messageOf(causeOf(error) ?? error)}`
    if (/No space left|Permission denied|Read-only/.test(what)) throw new StoreUnwritable(what, { cause: error })
    throw new StoreDamaged(what, { cause: error })
  }
}

function isLocked(error: unknown): boolean {
  const cause = causeOf(error)
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
}

function lockedError(folder: string): StoreLocked {
  return new StoreLocked(`another process has ${folder} open`)
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function stored(key: Uint8Array, value: Uint8Array): Uint8Array {
  return concatBytes([u32(checksum(key, value)), value])
}

function checksum(key: Uint8Array, value: Uint8Array): number {
  const ofKey = crc32(key)
  // Of nothing at all zlib may say 0, whatever it began with: an empty array has no address.
  return value.length === 0 ? ofKey : crc32(value, ofKey)
}

function checked(key: Uint8Array, found: Uint8Array | undefined): Uint8Array | undefined {
  if (found === undefined) return undefined
  const value = found.subarray(CHECKSUM_BYTES)
  if (found.length < CHECKSUM_BYTES || readU32(found) !== checksum(key, value)) {
    throw new StoreDamaged(`the checksum of record ${nameOfKey(key)} is wrong`)
  }
  return value
}

/** The key's letter, and the rest in hex. */
function nameOfKey(key: Uint8Array): string {
  return `${textOf(key.subarray(0, 1))} ${hexOf(key.subarray(1))}`
}

/** LevelDB's own words for what is wrong become ours. */
async function named<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR') {
      throw new StoreDamaged(messageOf(error), { cause: error })
    }
    // Since a write failed, it could not be opened again.
    if (code === 'LEVEL_DATABASE_NOT_OPEN') throw new StoreUnwritable('the store is not open', { cause: error })
    throw error
  }
}
