import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StoreDamaged } from '../primitives/errors.js'
import { fileNamed, logNumbers } from './leveldb-files/folder.js'
import { readLog } from './leveldb-files/log.js'
import { readManifest } from './leveldb-files/manifest.js'
import { checkTable, firstChange, type TableChange } from './leveldb-files/table.js'
import { COUNT_KEY, countOfBatch, decodeCount } from './write-count.js'

/**
 * Looks at the files of a LevelDB folder for what LevelDB passes over in silence, before LevelDB changes any of them. All tables are
 * read, as its library cannot be told to check them itself: where a key is damaged or an index is, it finds nothing, and a balance
 * would be 0. Others get a turn after each table.
 * @param acknowledged how many synced writes there must be at least
 * @throws StoreDamaged
 */
export async function checkFiles(folder: string, acknowledged: number): Promise<void> {
  const { tables, logs } = presentFiles(folder)
  const firsts: TableChange[] = []
  for (const table of tables) {
    firsts.push(checkTableFile(table))
    await nextTurn()
  }
  checkLogs(logs, { before: countInTables(firsts), acknowledged })
}

/**
 * As `checkFiles`, of a folder that this process had open until now, at a cost that does not grow with the chain: its tables were checked
 * when it was opened or written since, and do not change. How many writes it holds is to be looked at once it is open.
 * @throws StoreDamaged
 */
export function checkFilesAgain(folder: string, acknowledged: number): void {
  checkLogs(presentFiles(folder).logs, { before: undefined, acknowledged })
}

/**
 * The files that the manifest names.
 * @throws StoreDamaged where one is missing, or a table has another size
 */
function presentFiles(folder: string): { tables: string[]; logs: string[] } {
  const { logNumber, tables } = currentVersion(folder)
  for (const [number, bytes] of tables) {
    const file = fileNamed(folder, number, 'ldb')
    if (!existsSync(file)) throw new StoreDamaged(`${file} is missing`)
    const { size } = statSync(file)
    if (size !== bytes) throw new StoreDamaged(`${file} has ${size} bytes instead of ${bytes}`)
  }
  const logs = logNumbers(folder).filter((number) => number >= logNumber)
  // LevelDB makes the next log before it removes the last, and is content with none.
  if (logs[0] !== logNumber) throw new StoreDamaged(`${fileNamed(folder, logNumber, 'log')} is missing`)
  return {
    tables: Array.from(tables.keys(), (number) => fileNamed(folder, number, 'ldb')),
    logs: logs.map((number) => fileNamed(folder, number, 'log')),
  }
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
 * @param before how many synced writes there were before those of the logs; undefined where that is not looked at
 */
function checkLogs(
  files: readonly string[],
  { before, acknowledged }: { before: number | undefined; acknowledged: number },
): void {
  let last = before
  let damaged: { file: string; at: number } | undefined
  for (const file of files) {
    for (const { at, record } of readLog(readFileSync(file))) {
      if (record === undefined) damaged ??= { file, at }
      const count = record && countOfBatch(record)
      if (count === undefined) continue
      const isGap = last === undefined ? damaged !== undefined : count !== last + 1
      // What only the end of a log that was followed by another lacks was not acknowledged, as the next count tells.
      if (damaged !== undefined && (isGap || damaged.file === file)) throw damagedLog(damaged)
      if (isGap) throw new StoreDamaged(`${file} goes on with write ${count}, but the one before is ${last}`)
      damaged = undefined
      last = count
    }
  }
  if (last === undefined || last >= acknowledged) return
  throw damaged === undefined ? lostWrites(files.at(-1)!, acknowledged - last) : damagedLog(damaged)
}

function damagedLog({ file, at }: { file: string; at: number }): StoreDamaged {
  return new StoreDamaged(`${file} is damaged at byte ${at}`)
}

export function lostWrites(place: string, lost: number): StoreDamaged {
  return new StoreDamaged(`${place} lacks the last ${lost} of the writes that were acknowledged`)
}

/** @returns what the table begins with */
function checkTableFile(file: string): TableChange {
  const table = readFileSync(file)
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
