import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDamaged, StoreUnwritable } from '../primitives/errors.js'
import { LevelDbStore, witnessFileOf } from './leveldb-store.js'

const STORE_FOLDER = 'chain'

/**
 * Opens a home's store.
 * @param isNew whether the home has had no chain yet
 * @throws StoreLocked, StoreDamaged, StoreUnwritable
 */
export function openHomeStore(folder: string, { isNew }: { isNew: boolean }): Promise<LevelDbStore> {
  return LevelDbStore.open(join(folder, STORE_FOLDER), { create: isNew })
}

/**
 * Removes a home's store, whatever state it is in. To be called when its settings say that the home has no chain: what a crash
 * leaves of the store is then no loss.
 * @throws StoreLocked while a process has it open
 */
export async function removeHomeStore(folder: string): Promise<void> {
  const store = join(folder, STORE_FOLDER)
  const removed = `${store}.removed`
  rmSync(removed, { recursive: true, force: true })
  if (existsSync(store)) {
    // Held meanwhile, so that nobody opens what is about to go; what is too damaged to be opened, nobody opens.
    const held = await openUnlessDamaged(store)
    try {
      rmSync(witnessFileOf(store), { force: true })
      // Out of the way in one step: half a store would be taken for a damaged one.
      renameSync(store, removed)
    } finally {
      await held?.close()
    }
  }
  rmSync(removed, { recursive: true, force: true })
}

async function openUnlessDamaged(store: string): Promise<LevelDbStore | undefined> {
  try {
    return await LevelDbStore.open(store, { create: true })
  } catch (error) {
    if (error instanceof StoreDamaged || error instanceof StoreUnwritable) return undefined
    throw error
  }
}
