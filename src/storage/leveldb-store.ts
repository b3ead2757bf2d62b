import { setImmediate as nextTurn } from 'node:timers/promises'
import { ClassicLevel } from 'classic-level'
import pLimit from 'p-limit'
import type { ChainStore, StoreChanges, StoreReader } from '../chain/store.js'
import { takeBackFailedWrite } from './failed-write.js'
import { checkFilesAgain, lostWrites } from './file-check.js'
import { openError, readError, writeError } from './leveldb-errors.js'
import { type Level, LevelDbReader, type LevelSnapshot, SnapshotReader, type View } from './leveldb-reader.js'
import { lookAt, missingWitness } from './look.js'
import { Readers } from './readers.js'
import { clearRoom, requireRoom } from './room.js'
import { sealValue } from './sealed-value.js'
import { Witness } from './witness.js'
import { COUNT_KEY, decodeCount, encodeCount } from './write-count.js'

/** After so many changes of a large batch others get a turn. */
const CHANGES_PER_TURN = 5000
/** How long whoever reads may take before the folder is opened anew all the same. */
const READERS_MS = 2_000

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
  #state: 'sound' | 'failed' | 'closed' = 'sound'
  #reopening: Promise<void> | undefined
  readonly #readers = new Readers()

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
  static async open(folder: string, { create }: { create: boolean }): Promise<LevelDbStore> {
    const witnessFile = witnessFileOf(folder)
    const { isBegun, acknowledged } = await lookAt(folder, witnessFile, create)
    clearRoom(folder)
    const level: Level = new ClassicLevel(folder, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      createIfMissing: !isBegun,
    })
    const syncedWrites = await openCounted(level, folder)
    try {
      if (syncedWrites < (acknowledged ?? 0)) throw lostWrites(folder, acknowledged! - syncedWrites)
      if (acknowledged === undefined && syncedWrites > 0) throw missingWitness(witnessFile)
      const witness = acknowledged === undefined ? Witness.create(witnessFile) : Witness.open(witnessFile)
      return new LevelDbStore(level, folder, witness, syncedWrites)
    } catch (error) {
      await level.close()
      throw error
    }
  }

  write(changes: StoreChanges, options: { sync: boolean }): Promise<void> {
    // In turn: the counts must reach the disk in their order.
    return this.#oneAtATime(() => this.#write(changes, options))
  }

  snapshot(): StoreReader & { close(): Promise<void> } {
    // At once, where that is possible: what is written from now on must not be in it.
    const taken = this.#reopening?.then(() => this.#takeSnapshot()) ?? this.#takeSnapshot()
    return new SnapshotReader(this.level, taken, () => this.#readers.leave())
  }

  async close(): Promise<void> {
    await this.#oneAtATime(async () => {
      if (this.#state === 'closed') return
      const failed = this.#state === 'failed'
      this.#state = 'closed'
      await this.level.close()
      if (failed) takeBackFailedWrite(this.#folder, this.#syncedWrites)
      this.#witness.close()
    })
  }

  /** Reads go on when a write has failed, and wait while the folder is opened anew. */
  protected override async enter(): Promise<View> {
    while (this.#reopening !== undefined) await this.#reopening
    this.#readers.enter()
    return {}
  }

  protected override leave(): void {
    this.#readers.leave()
  }

  async #takeSnapshot(): Promise<LevelSnapshot> {
    try {
      const snapshot = this.level.snapshot()
      this.#readers.enter()
      return snapshot
    } catch (error) {
      throw readError(error)
    }
  }

  async #write(changes: StoreChanges, { sync }: { sync: boolean }): Promise<void> {
    if (this.#state === 'closed') throw new Error('the store is closed')
    if (this.#state === 'failed') await this.#recover()
    const count = this.#syncedWrites + 1
    const batch = await this.#batchOf(changes, sync ? count : undefined)
    try {
      await batch.write({ sync })
    } catch (error) {
      this.#state = 'failed'
      throw writeError(error)
    }
    if (!sync) return
    this.#syncedWrites = count
    // What is on disk is on disk: a witness that could not be told lags behind, and is told by the next write.
    this.#witness.tryWrite(count)
  }

  /** @param count of this write, where it is synced */
  async #batchOf(changes: StoreChanges, count: number | undefined): Promise<ReturnType<Level['batch']>> {
    const batch = this.level.batch()
    try {
      if (count !== undefined) batch.put(COUNT_KEY, sealValue(COUNT_KEY, encodeCount(count)))
      let made = 0
      for await (const page of 'length' in changes ? [changes] : changes) {
        for (const { key, value } of page) {
          if (value === undefined) batch.del(key)
          else batch.put(key, sealValue(key, value))
          if (++made % CHANGES_PER_TURN === 0) await nextTurn()
        }
      }
      return batch
    } catch (error) {
      await batch.close()
      throw error
    }
  }

  /** Opens the folder anew after a write that failed. Until there is room for that, it can be read as it is. */
  async #recover(): Promise<void> {
    requireRoom(this.#folder)
    this.#reopening = this.#reopen()
    try {
      await this.#reopening
      this.#state = 'sound'
    } finally {
      this.#reopening = undefined
    }
  }

  async #reopen(): Promise<void> {
    await this.#readers.gone(READERS_MS)
    await this.level.close()
    takeBackFailedWrite(this.#folder, this.#syncedWrites)
    checkFilesAgain(this.#folder, this.#syncedWrites)
    const count = await openCounted(this.level, this.#folder)
    if (count === this.#syncedWrites) return
    await this.level.close()
    throw lostWrites(this.#folder, this.#syncedWrites - count)
  }
}

/** @returns how many synced writes there were */
async function openCounted(level: Level, folder: string): Promise<number> {
  try {
    await level.open()
  } catch (error) {
    throw openError(error, folder)
  }
  try {
    return decodeCount(await level.get(COUNT_KEY))
  } catch (error) {
    await level.close()
    throw readError(error)
  }
}

/** Beside the folder of a store. */
export function witnessFileOf(folder: string): string {
  return `${folder}.acknowledged`
}
