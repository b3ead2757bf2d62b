import { readFileSync } from 'node:fs'
import { JsonSyntaxError } from '../../primitives/json/syntax-error.js'
import { type JsonValue, parseJson } from '../../primitives/json/value.js'
import { UsageError, whyOfFile } from '../terminal.js'

const LIMITS = { maxDepth: 2, maxBytes: 64 * 1024, isStrict: true }

/** Reads a transaction of a file. @param file `-` for stdin @throws UsageError */
export function readTransaction(file: string): JsonValue {
  try {
    return parseJson(readFileSync(file === '-' ? 0 : file), LIMITS)
  } catch (error) {
    if (error instanceof JsonSyntaxError) {
      throw new UsageError(`${file} holds no transaction: ${error.message}`, 'chain send --dry-run prints one')
    }
    throw new UsageError(`${file} cannot be read: ${whyOfFile(error as NodeJS.ErrnoException)}`)
  }
}
