import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { syncFolder } from './sync-folder.js'

const SUFFIX = '.keystore.json'

/** The wallets of a folder, by their names. */
export function walletNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => basename(file, SUFFIX))
      .sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

export function walletFile(folder: string, name: string): string {
  return join(folder, `${name}${SUFFIX}`)
}

/** @throws the file system's error */
export function readKeystoreFile(file: string): string {
  return readFileSync(file, 'utf8')
}

/**
 * Writes a wallet, for its owner alone: it is on the disk, under its name, as a whole or not at all.
 * @param options `replace`: the file of before is this wallet's
 * @returns false where there is one of this name, which stays
 * @throws the file system's error
 */
export function writeWallet(folder: string, name: string, text: string, { replace = false } = {}): boolean {
  const file = walletFile(folder, name)
  const beside = `${file}.new-${process.pid}`
  try {
    const descriptor = openSync(beside, 'wx', 0o600)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    // A link, unlike a renaming, replaces nothing: what another process has made meanwhile may be all there is of its keys.
    if (replace) renameSync(beside, file)
    else linkSync(beside, file)
    syncFolder(folder)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && !replace) return false
    throw error
  } finally {
    rmSync(beside, { force: true })
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
