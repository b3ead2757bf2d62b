import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from './sync-folder.js'

/**
 * Writes a small file, for its owner alone: it is on the disk, under its name, as a whole or not at all. Callers see to it that one process
 * does so at a time.
 * @returns false where there is one of this name, which stays unless it is to be replaced
 * @throws the file system's error
 */
export function writeWhole(file: string, text: string, { replace = false } = {}): boolean {
  const beside = `${file}.new`
  // What a process has left that was killed.
  rmSync(beside, { force: true })
  try {
    const descriptor = openSync(beside, 'wx', 0o600)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    // A link, unlike a renaming, replaces nothing: what is there may be all there is of some keys.
    if (replace) renameSync(beside, file)
    else linkSync(beside, file)
    syncFolder(dirname(file))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST' && !replace) return false
    // What is written to does not tell its name.
    throw Object.assign(error as Error, { path: file })
  } finally {
    rmSync(beside, { force: true })
  }
}
