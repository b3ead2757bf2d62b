import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeWhole } from './write-whole.js'

const SUFFIX = '.keystore.json'

/** Does something while no other process changes a wallet of the folder, or pays from one. */
export async function exclusively<T>(folder: string, work: () => Promise<T>): Promise<T> {
  // Loaded here: most commands only read.
  const { lockedBy } = await import('./folder-lock.js')
  return lockedBy(join(folder, 'lock'), work)
}

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
 * Writes a wallet, for its owner alone: it is on the disk, under its name, as a whole or not at all. To be called within `exclusively`.
 * @param options `replace`: the file of before is this wallet's
 * @returns false where there is one of this name, which stays
 * @throws the file system's error
 */
export function writeWallet(folder: string, name: string, text: string, { replace = false } = {}): boolean {
  return writeWhole(walletFile(folder, name), text, { replace })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
