import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { StoreDamaged, StoreLocked } from '../primitives/errors.js'
import { checkFiles } from './file-check.js'
import { lockedError, openError } from './leveldb-errors.js'
import { readWitness } from './witness.js'

interface Found {
  /** Whether the folder holds a store. */
  readonly isBegun: boolean
  /** How many writes its witness saw; undefined where there is none. */
  readonly acknowledged: number | undefined
}

/**
 * Looks whether a folder can be opened, before anything is changed in it. What is amiss there while another process changes it is not
 * damage.
 * @param create whether the folder may be a new one
 * @throws StoreLocked, StoreDamaged
 */
export async function lookAt(folder: string, witnessFile: string, create: boolean): Promise<Found> {
  try {
    return await look(folder, witnessFile, create)
  } catch {
    if (await isHeld(folder)) throw lockedError(folder)
    return look(folder, witnessFile, create)
  }
}

async function look(folder: string, witnessFile: string, create: boolean): Promise<Found> {
  const acknowledged = readWitness(witnessFile)
  // A home that was begun and never got as far as a chain may be begun again.
  if (create && !existsSync(join(folder, 'CURRENT')) && (acknowledged ?? 0) === 0) {
    return { isBegun: false, acknowledged }
  }
  if (!create && acknowledged === undefined) throw missingWitness(witnessFile)
  await checkFiles(folder, acknowledged ?? 0)
  return { isBegun: true, acknowledged }
}

/** Whether another process has a folder open. LevelDB takes its lock first, and then finds that it was told to make what is there. */
async function isHeld(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false
  const probe = new ClassicLevel(folder, { createIfMissing: false, errorIfExists: true })
  try {
    await probe.open()
    await probe.close()
    return false
  } catch (error) {
    return openError(error, folder) instanceof StoreLocked
  }
}

export function missingWitness(file: string): StoreDamaged {
  return new StoreDamaged(`${file} is missing, which says how much there must be`)
}
