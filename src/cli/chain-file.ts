import { createReadStream } from 'node:fs'
import { z } from 'zod'
import type { Network } from '../consensus/network.js'
import { concatBytes } from '../primitives/bytes.js'
import { canonicalJson, type JsonLimits } from '../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { UsageError } from './terminal.js'

/**
 * A chain in a file of JSON lines: this header, then each block as Python's `json.dumps(block, sort_keys=True)` prints it, so that
 * the SHA-256 of a line is the hash of its block.
 */
const headerSchema = z.object({
  format: z.literal('chain-export'),
  version: z.literal(1),
  network: z.string(),
  rules: z.string(),
  zeros: z.number(),
  /** Blocks that follow. */
  length: z.number().int().min(1),
})
export type ChainFileHeader = z.infer<typeof headerSchema>

const NEWLINE = 0x0a
const MAX_HEADER_BYTES = 10_000

export function printHeader({ name, definition }: Network, length: number): string {
  const header: ChainFileHeader = { format: 'chain-export', version: 1, network: name, ...definition, length }
  return JSON.stringify(header)
}

/**
 * Reads the first line.
 * @throws UsageError where the file is none of ours, or of a network of other rules
 */
export async function readHeader(file: string, network: Network): Promise<ChainFileHeader> {
  for await (const [line] of readLines(file, MAX_HEADER_BYTES)) {
    const header = headerSchema.safeParse(parsed(line!))
    if (!header.success) break
    const { rules, zeros } = header.data
    if (rules === network.definition.rules && zeros === network.definition.zeros) return header.data
    throw new UsageError(
      `${file} holds a chain of the rules ${rules} with ${zeros} zeros, and network ${network.name} has others`,
      rules === header.data.network ? `--network ${rules}` : `chain network new --rules ${rules} --zeros ${zeros}`,
    )
  }
  throw new UsageError(`${file} does not begin as an exported chain does`, 'chain export FILE writes one')
}

/**
 * The blocks of a file, as `JsonCanonicalizer` prints them, some at a time.
 * @throws UsageError where a line is no JSON
 */
export async function* readBlocks(file: string, limits: JsonLimits): AsyncGenerator<Uint8Array[]> {
  let number = 0
  for await (const lines of readLines(file, limits.maxBytes)) {
    yield lines.flatMap((line) => (number++ === 0 ? [] : [canonicalLine(line, number, { file, limits })]))
  }
}

function canonicalLine(line: Uint8Array, number: number, { file, limits }: { file: string; limits: JsonLimits }) {
  try {
    return canonicalJson(line, limits)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new UsageError(`line ${number} of ${file} is not JSON: ${error.message}`, 'what came before it is kept')
  }
}

/** The lines of a file, as many at a time as arrive together; what follows the last newline is a line if there is anything. */
async function* readLines(file: string, maxBytes: number): AsyncGenerator<Uint8Array[]> {
  let rest: Uint8Array[] = []
  let restBytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>) {
    const lines: Uint8Array[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(concatBytes([...rest, chunk.subarray(start, end)]))
      rest = []
      restBytes = 0
      start = end + 1
    }
    rest.push(chunk.subarray(start))
    restBytes += chunk.length - start
    if (lines.length > 0) yield lines
    if (restBytes > maxBytes) throw new UsageError(`a line of ${file} is longer than ${maxBytes} bytes`)
  }
  if (restBytes > 0) yield [concatBytes(rest)]
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(line))
  } catch {
    return undefined
  }
}
