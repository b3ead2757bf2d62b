import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ChainStore, StoreChange } from '../../src/chain/store.js'
import { StoreUnwritable } from '../../src/primitives/errors.js'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { MemoryStore } from '../../src/storage/memory-store.js'

/** A folder that is not there yet, and that is removed after the test with all that lies beside it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chain-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'chain')
}

/** An empty store in a folder of its own; both go after the test. */
export async function openLevelDb(): Promise<LevelDbStore> {
  const store = await LevelDbStore.open(await temporaryFolder(), { create: true })
  onTestFinished(() => store.close())
  return store
}

/** Every implementation of `ChainStore`. */
export const STORES: readonly [name: string, open: () => Promise<ChainStore>][] = [
  ['MemoryStore', async () => new MemoryStore()],
  ['LevelDbStore', openLevelDb],
]

/** A store that can run out of space. */
export class FullableStore extends MemoryStore {
  isFull = false
  /** Batches that were written. */
  writes = 0

  override async write(changes: readonly StoreChange[]): Promise<void> {
    if (this.isFull) throw new StoreUnwritable('no space left on device')
    this.writes++
    await super.write(changes)
  }

  /** All keys and values in hex: equal texts are equal stores. */
  async contents(): Promise<string[]> {
    const lines: string[] = []
    for await (const page of this.entries({ from: Uint8Array.of(1), to: Uint8Array.of(0xff) })) {
      for (const [key, value] of page)
        lines.push(`${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`)
    }
    return lines
  }
}

/** Counts its snapshots. */
export class CountingStore extends MemoryStore {
  opened = 0
  closed = 0

  override snapshot(): ReturnType<MemoryStore['snapshot']> {
    this.opened++
    const close = async (): Promise<void> => {
      this.closed++
    }
    return Object.assign(super.snapshot(), { close })
  }
}
