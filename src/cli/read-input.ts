import { readFileSync } from 'node:fs'
import { UsageError, whyOfFile } from './terminal.js'

const STDIN = 0

/** What a file holds that a person has named; `-` is stdin. @throws UsageError */
export function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? STDIN : file)
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${whyOfFile(error as NodeJS.ErrnoException)}`)
  }
}
