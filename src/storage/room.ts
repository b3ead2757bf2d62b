import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreUnwritable } from '../primitives/errors.js'
import { writeError } from './leveldb-errors.js'
import { fileNamed, logNumbers } from './leveldb-files/folder.js'

/** Beside the logs' contents, which become tables: a manifest, a new log, LevelDB's own notes. */
const SLACK = 256 * 1024

/**
 * Makes sure that LevelDB can open a folder again: once it is closed, nothing can be read until then. What the disk says is free is not
 * all there is to it, as there are quotas and limits on the size of files: so it is tried.
 * @throws StoreUnwritable
 */
export function requireRoom(folder: string): void {
  const logs = logNumbers(folder).map((number) => statSync(fileNamed(folder, number, 'log')).size)
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < logs.reduce((sum, size) => sum + size, SLACK)) {
    throw new StoreUnwritable(`the disk that holds ${folder} is full`)
  }
  const trial = trialFolder(folder)
  try {
    mkdirSync(trial, { recursive: true })
    for (const [i, size] of logs.entries()) writeFileSync(join(trial, String(i)), Buffer.alloc(size), { flush: true })
  } catch (error) {
    throw writeError(error)
  } finally {
    clearRoom(folder)
  }
}

/** Removes what was tried, also by a process that was ended meanwhile. */
export function clearRoom(folder: string): void {
  rmSync(trialFolder(folder), { recursive: true, force: true })
}

function trialFolder(folder: string): string {
  return `${folder}.room`
}
