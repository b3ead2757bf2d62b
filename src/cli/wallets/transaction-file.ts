import { JsonSyntaxError } from '../../primitives/json/syntax-error.js'
import { type JsonValue, parseJson } from '../../primitives/json/value.js'
import { readInput } from '../read-input.js'
import { UsageError } from '../terminal.js'

const LIMITS = { maxDepth: 2, maxBytes: 64 * 1024, isStrict: true }

/** Reads a transaction of a file. @param file `-` for stdin @throws UsageError */
export async function readTransaction(file: string): Promise<JsonValue> {
  const text = await readInput(file)
  try {
    return parseJson(text, LIMITS)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new UsageError(`${file} holds no transaction: ${error.message}`, 'chain send --dry-run prints one')
  }
}
