import { z } from 'zod'
import { ApiError } from '../api/errors.js'
import { allNetworks, MAX_ZEROS } from '../config/network-files.js'
import type { GlobalOptions } from '../config/options.js'
import { dataFolder } from '../config/paths.js'
import type { Network, NetworkDefinition } from '../consensus/network.js'
import { newNetworkName, TUTORIAL_RULES } from '../consensus/networks.js'
import { concatBytes } from '../primitives/bytes.js'
import { canonicalJson, type JsonLimits } from '../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { commandLine, givenNodeFlags } from './command-line.js'
import { openInput } from './open-input.js'
import { UsageError, whyOfFile } from './terminal.js'
import { shellWord } from './text.js'

/**
 * A chain in a file of JSON lines: this header, then each block as Python's `json.dumps(block, sort_keys=True)` prints it, so that
 * the SHA-256 of a line is the hash of its block.
 */
const commonHeader = {
  format: z.literal('chain-export'),
  version: z.literal(1),
  network: z.string(),
  /** Blocks that follow. */
  length: z.number().int().min(1),
}
const tutorialHeader = z.object({
  ...commonHeader,
  rules: z.enum(TUTORIAL_RULES),
  zeros: z.number().int().min(1).max(MAX_ZEROS),
})
/** With all that an independent program needs to judge the blocks. */
const secureHeader = z.object({
  ...commonHeader,
  /** The network's id, as it is shown. */
  id: z.string(),
  definition: z.looseObject({ rules: z.literal('secure') }),
})
const headerSchema = z.union([tutorialHeader, secureHeader])
export type ChainFileHeader = z.infer<typeof headerSchema>

const NEWLINE = 0x0a

/**
 * What to do about a file that is cut, or that something was done to.
 * @param isBegun whether blocks came before, which were valid
 */
export function exportAnew(isBegun: boolean): string {
  const again = 'have it written anew with chain export, and import it again'
  return isBegun ? `${again}: what was valid is kept, and it goes on from there` : again
}

export function printHeader({ name, definition, id }: Network, length: number): string {
  const own = id === undefined ? definition : { id, definition }
  return JSON.stringify({ format: 'chain-export', version: 1, network: name, ...own, length })
}

export interface ChainFile {
  /** What it is called in messages. */
  readonly name: string
  readonly header: ChainFileHeader
  /** As `JsonCanonicalizer` prints them, some at a time. Throws ApiError where a line is no JSON. */
  readonly blocks: AsyncGenerator<Uint8Array[]>
}

/**
 * Opens a file, or stdin where it is `-`, and reads its first line.
 * @param signal ends the reading, also where nothing comes
 * @throws UsageError where it is none of ours, cannot be read or is of a network of other rules
 */
export async function openChainFile(
  file: string,
  network: Network,
  { options, signal }: { options: GlobalOptions; signal: AbortSignal },
): Promise<ChainFile> {
  const limits = network.rules.blockLimits
  const name = file === '-' ? 'stdin' : file
  const pages = readLines(file, signal, { name, options, maxBytes: limits.maxBytes })
  const first = await pages.next()
  try {
    const [headerLine, ...blockLines] = first.done ? [] : first.value
    const header = checkedHeader(headerLine, name, options)
    if (!isOfRules(header, network)) throw ofOtherRules(header, network, { file, name, options })
    return { name, header, blocks: readBlocks([blockLines, pages], name, limits) }
  } catch (error) {
    await pages.return(undefined)
    throw error
  }
}

function checkedHeader(line: Uint8Array | undefined, name: string, options: GlobalOptions): ChainFileHeader {
  const header = headerSchema.safeParse(line && parsed(line))
  if (header.success) return header.data
  throw noExport(name, options)
}

function noExport(name: string, options: GlobalOptions): UsageError {
  const hint = `${commandLine(options, 'export FILE')} writes one`
  return new UsageError(`${name} does not begin as an exported chain does`, hint)
}

function isOfRules(header: ChainFileHeader, { definition, id }: Network): boolean {
  if ('id' in header) return header.id === id
  return 'zeros' in definition && header.rules === definition.rules && header.zeros === definition.zeros
}

/** What makes the network of a file or of a node, in words. */
function rulesText(of: ChainFileHeader | NetworkDefinition, id: string | undefined): string {
  if ('zeros' in of) return `rules ${of.rules}, ${of.zeros} zeros`
  return `id ${(id ?? '').slice(0, 16)}...`
}

/** Names the network that the file is for, and the command that takes it there. */
function ofOtherRules(
  header: ChainFileHeader,
  network: Network,
  { file, name, options }: { file: string; name: string; options: GlobalOptions },
): UsageError {
  const fitting = allNetworks(dataFolder(options.dataDir), () => {}).filter((each) => isOfRules(header, each))
  const known = fitting.find((each) => each.name === header.network) ?? fitting[0]
  const its = rulesText(header, 'id' in header ? header.id : undefined)
  const ours = rulesText(network.definition, network.id)
  const into = (target: string): string =>
    commandLine(options, `import ${shellWord(file)}`, givenNodeFlags({ ...options, network: target }))
  const hint = (): string => {
    if (known !== undefined) return into(known.name)
    if ('id' in header)
      return `its first line has the definition: ask for the network's file, and name it with --network FILE`
    const { rules, zeros } = header
    return `${commandLine(options, `network new --rules ${rules} --zeros ${zeros}`)}, then ${into(newNetworkName({ rules, zeros }))}`
  }
  return new UsageError(
    `${name} is of network ${header.network} (${its}), and this node of network ${network.name} (${ours})`,
    hint(),
  )
}

async function* readBlocks(
  [first, others]: readonly [readonly Uint8Array[], AsyncGenerator<Uint8Array[]>],
  name: string,
  limits: JsonLimits,
): AsyncGenerator<Uint8Array[]> {
  // The first line is the header.
  let number = 1
  let isBegun = false
  const pages = (async function* () {
    yield first
    yield* others
  })()
  for await (const lines of pages) {
    const blocks: Uint8Array[] = []
    try {
      for (const line of lines) {
        number++
        if (isBlank(line)) continue
        blocks.push(canonicalLine(line, { name, number, limits, isBegun }))
        isBegun = true
      }
    } finally {
      // Those before a line that is none as well.
      yield blocks
    }
  }
}

/** Spaces, tabs and the rest of a line's end of Windows, or nothing at all: editors leave such lines. */
function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

function canonicalLine(
  line: Uint8Array,
  { name, number, limits, isBegun }: { name: string; number: number; limits: JsonLimits; isBegun: boolean },
): Uint8Array {
  try {
    return canonicalJson(line, limits)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new ApiError('bad-format', `line ${number} of ${name} cannot be read as JSON: ${error.message}`, {
      hint: exportAnew(isBegun),
    })
  }
}

/** The lines of a text, as many at a time as arrive together; what follows the last newline is a line if there is anything. */
async function* readLines(
  file: string,
  signal: AbortSignal,
  { name, options, maxBytes }: { name: string; options: GlobalOptions; maxBytes: number },
): AsyncGenerator<Uint8Array[]> {
  let count = 0
  let rest: Uint8Array[] = []
  let restBytes = 0
  for await (const chunk of chunksOf(file, name, signal)) {
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
    count += lines.length
    if (restBytes > maxBytes) {
      if (count === 0) throw noExport(name, options)
      throw new ApiError(
        'bad-format',
        `line ${count + 1} of ${name} is longer than ${maxBytes} bytes, and no block is`,
        {
          // One line is the header.
          hint: exportAnew(count > 1),
        },
      )
    }
  }
  if (restBytes > 0) yield [concatBytes(rest)]
}

async function* chunksOf(file: string, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted()
  try {
    const input = openInput(file)
    signal.addEventListener('abort', () => input.destroy(signal.reason))
    yield* input
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const why =
      error.code === 'ENOENT'
        ? `there is no file ${name}`
        : `${name} cannot be read: ${whyOfFile(error as NodeJS.ErrnoException)}`
    throw new UsageError(why, 'give the path of a file that chain export wrote')
  }
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(line))
  } catch {
    return undefined
  }
}
