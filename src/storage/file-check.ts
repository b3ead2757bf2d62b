import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDamaged } from '../primitives/errors.js'
import { fileNamed, logNumbers } from './leveldb-files/folder.js'
import { readLog } from './leveldb-files/log.js'
import { readManifest } from './leveldb-files/manifest.js'
import { checkTable, firstChange, type TableChange } from './leveldb-files/table.js'
import { COUNT_KEY, countOfBatch, decodeCount } from './write-count.js'

/**
 * Looks at the files of a LevelDB folder for what LevelDB passes over in silence, before LevelDB changes any of them.
 * @param acknowledged how many synced writes there must be at least
 * @throws StoreDamaged
 */
export function checkFiles(folder: string, acknowledged: number): void {
  const { logNumber, tables } = currentVersion(folder)
  const firsts = [...tables].map(([number, bytes]) => checkTableFile(fileNamed(folder, number, 'ldb'), bytes))
  const logs = logNumbers(folder).filter((number) => number >= logNumber)
  // LevelDB makes the next log before it removes the last, and is content with none.
  if (logs[0] !== logNumber) throw new StoreDamaged(`${fileNamed(folder, logNumber, 'log')} is missing`)
  checkLogs(
    logs.map((number) => fileNamed(folder, number, 'log')),
    { before: countInTables(firsts), acknowledged },
  )
}

/** No key is smaller than that of the count: a table that holds it begins with it. */
function countInTables(firsts: readonly TableChange[]): number {
  const counts = firsts.filter(({ key }) => key.equals(COUNT_KEY))
  const last = counts.reduce<TableChange | undefined>(
    (a, b) => (a !== undefined && a.sequence > b.sequence ? a : b),
    undefined,
  )
  return decodeCount(last?.value)
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
 * @param before how many synced writes there were before those of the logs
 */
function checkLogs(files: readonly string[], { before, acknowledged }: { before: number; acknowledged: number }): void {
  let last = before
  let damaged: { file: string; at: number } | undefined
  for (const file of files) {
    for (const { at, record } of readLog(readFileSync(file))) {
      if (record === undefined) damaged ??= { file, at }
      const count = record && countOfBatch(record)
      if (count === undefined) continue
      const isGap = count !== last + 1
      // What only the end of a log that was followed by another lacks was not acknowledged, as the next count tells.
      if (damaged !== undefined && (isGap || damaged.file === file)) throw damagedLog(damaged)
      if (isGap) throw new StoreDamaged(`${file} goes on with write ${count}, but the one before is ${last}`)
      damaged = undefined
      last = count
    }
  }
  if (last >= acknowledged) return
  throw damaged === undefined ? lostWrites(files.at(-1)!, acknowledged - last) : damagedLog(damaged)
}

function damagedLog({ file, at }: { file: string; at: number }): StoreDamaged {
  return new StoreDamaged(`${file} is damaged at byte ${at}`)
}

export function lostWrites(place: string, lost: number): StoreDamaged {
  return new StoreDamaged(`${place} lacks the last ${lost} of the writes that were acknowledged`)
}

/** @returns what the table begins with */
function checkTableFile(file: string, bytes: number): TableChange {
  if (!existsSync(file)) throw new StoreDamaged(`${file} is missing`)
  const table = readFileSync(file)
  if (table.length !== bytes) throw new StoreDamaged(`${file} has ${table.length} bytes instead of ${bytes}`)
  return damageNamed(file, () => {
    checkTable(table)
    return firstChange(table)
  })
}

function damageNamed<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new StoreDamaged(`${file} is damaged: ${error.message}`, { cause: error })
  }
}
