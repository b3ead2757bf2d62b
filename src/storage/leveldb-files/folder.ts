import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A file of a LevelDB folder: a log, or a table. */
export function fileNamed(folder: string, number: number, kind: 'log' | 'ldb'): string {
  return join(folder, `${String(number).padStart(6, '0')}.${kind}`)
}

/** The numbers of a folder's logs, the oldest first. */
export function logNumbers(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^(\d{6,})\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}
