import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

/** The files of a store's folder whose names match. */
export function storeFiles(folder: string, pattern: RegExp): string[] {
  const store = join(folder, 'chain')
  return readdirSync(store)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(store, name))
}

/** The one log of a store. */
export function logFile(folder: string): string {
  const [log, another] = storeFiles(folder, /\.log$/)
  if (log === undefined || another !== undefined) throw new Error(`${folder} does not have one log`)
  return log
}

/** Has a store's witness say that it saw so many writes. */
export function writeWitness(folder: string, count: number): void {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(count))
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  writeFileSync(join(folder, 'chain.acknowledged'), bytes)
}

/** Changes a file as a whole. */
export function rewrite(file: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(file, change(readFileSync(file)))
}
