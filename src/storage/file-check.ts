import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDamaged } from '../primitives/errors.js'
import { fileNamed, logNumbers } from './leveldb-files/folder.js'
import { readLog } from './leveldb-files/log.js'
import { readManifest } from './leveldb-files/manifest.js'
import { checkTable } from './leveldb-files/table.js'
import { countOfBatch } from './write-count.js'

/**
 * Looks at the files of a LevelDB folder for what LevelDB passes over in silence, before LevelDB changes any of them.
 * @param acknowledged how many synced writes there must be at least
 * @throws StoreDamaged
 */
export function checkFiles(folder: string, acknowledged: number): void {
  const { logNumber, tables } = currentVersion(folder)
  for (const [number, bytes] of tables) checkTableFile(fileNamed(folder, number, 'ldb'), bytes)
  const logs = logNumbers(folder).filter((number) => number >= logNumber)
  // LevelDB makes the next log before it removes the last, and is content with none.
  if (logs[0] !== logNumber) throw new StoreDamaged(`${fileNamed(folder, logNumber, 'log')} is missing`)
  checkLogs(
    logs.map((number) => fileNamed(folder, number, 'log')),
    acknowledged,
  )
}

function currentVersion(folder: string): ReturnType<typeof readManifest> {
  const current = join(folder, 'CURRENT')
  if (!existsSync(current)) throw new StoreDamaged(`${current} is missing`)
  const name = /^(MANIFEST-\d+)\n$/.exec(readFileSync(current, 'latin1'))?.[1]
  if (name === undefined) throw new StoreDamaged(`${current} names no manifest`)
  const manifest = join(folder, name)
  if (!existsSync(manifest)) throw new StoreDamaged(`${manifest} is missing`)
  return damageNamed(manifest, () => readManifest(readFileSync(manifest)))
}

/**
 * Damage is certain where a synced write stands behind it, or one was left out. The last batch may have been cut off by a power
 * failure, in the middle, too, or be followed by zeros, and then it was not acknowledged; nor was what was not synced.
 */
function checkLogs(files: readonly string[], acknowledged: number): void {
  let last: number | undefined
  let damaged: string | undefined
  for (const file of files) {
    for (const { at, record } of readLog(readFileSync(file))) {
      if (record === undefined) damaged ??= `${file} is damaged at byte ${at}`
      const count = record && countOfBatch(record)
      if (count === undefined) continue
      if (damaged !== undefined) throw new StoreDamaged(damaged)
      if (last !== undefined && count !== last + 1) {
        throw new StoreDamaged(`${file} goes on with write ${count}, but the one before is ${last}`)
      }
      last = count
    }
    // Whether the end of a log that was followed by another was acknowledged, the next count tells, if there is one to compare it with.
    if (last !== undefined) damaged = undefined
  }
  // Without a synced write in the logs, the count is in the tables.
  if (last !== undefined && last < acknowledged) throw lostWrites(files.at(-1)!, acknowledged - last)
}

export function lostWrites(place: string, lost: number): StoreDamaged {
  return new StoreDamaged(`${place} lacks the last ${lost} of the writes that were acknowledged`)
}

function checkTableFile(file: string, bytes: number): void {
  if (!existsSync(file)) throw new StoreDamaged(`${file} is missing`)
  const table = readFileSync(file)
  if (table.length !== bytes) throw new StoreDamaged(`${file} has ${table.length} bytes instead of ${bytes}`)
  damageNamed(file, () => checkTable(table))
}

function damageNamed<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new StoreDamaged(`${file} is damaged: ${error.message}`, { cause: error })
  }
}
