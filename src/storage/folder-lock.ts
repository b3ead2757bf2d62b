import { rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { ClassicLevel } from 'classic-level'
import { StoreDamaged, StoreLocked } from '../primitives/errors.js'
import { openError } from './leveldb-errors.js'

/** Whoever works under a lock is done in some ten milliseconds. */
const PATIENCE_MS = 20_000
const LOOK_AGAIN_MS = 20

/**
 * Does something while nobody else does anything under the same lock, in whatever process. It is LevelDB's, which the system takes back
 * from a process however that ends.
 * @param folder of the lock alone; the one above it must be there
 * @throws StoreLocked where the others take too long, StoreUnwritable, and what `work` throws
 */
export async function lockedBy<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = await taken(folder)
  try {
    return await work()
  } finally {
    await lock.close()
  }
}

async function taken(folder: string): Promise<ClassicLevel> {
  let isCleared = false
  for (const end = performance.now() + PATIENCE_MS; ; await setTimeout(LOOK_AGAIN_MS)) {
    const lock = new ClassicLevel(folder)
    try {
      await lock.open()
      return lock
    } catch (error) {
      const reason = openError(error, folder)
      if (reason instanceof StoreDamaged && !isCleared) {
        // A power cut may have left half of it. It holds nothing.
        rmSync(folder, { recursive: true, force: true })
        isCleared = true
      } else if (!(reason instanceof StoreLocked) || performance.now() > end) throw reason
    }
  }
}
