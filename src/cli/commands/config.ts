import {
  DEFAULTS,
  type DefaultDefinition,
  type DefaultName,
  defaultsFile,
  inForce,
  isDefaultName,
  parseDefault,
  readDefaults,
} from '../../config/defaults.js'
import type { GlobalOptions } from '../../config/options.js'
import { dataFolder } from '../../config/paths.js'
import { writeDefault } from '../../config/settings.js'
import { commandLine } from '../command-line.js'
import { networkOf } from '../nodes/choose-home.js'
import { type Column, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'

const COLUMNS: readonly Column[] = [
  { head: 'setting', narrow: 'whole' },
  { head: 'value' },
  { head: 'from', narrow: 'whole' },
  { head: 'what it is', narrow: 'omit' },
]
const NAMES = Object.keys(DEFAULTS) as DefaultName[]

/** `chain config list` */
export async function listConfig(terminal: Terminal): Promise<void> {
  const set = readDefaults(dataFolder(terminal.options.dataDir))
  const settings = NAMES.map((name) => ({ name, ...inForce(name, set) }))
  terminal.result(Object.fromEntries(settings.map(({ name, ...found }) => [name, found])), () => {
    const rows = settings.map(({ name, value, source }) => [
      name,
      String(value ?? '-'),
      source,
      DEFAULTS[name].description,
    ])
    return table(terminal, COLUMNS, rows)
  })
}

/** `chain config get` */
export async function getConfig(terminal: Terminal, name: string): Promise<void> {
  const known = knownName(name)
  const found = inForce(known, readDefaults(dataFolder(terminal.options.dataDir)))
  terminal.result({ [known]: found }, String(found.value ?? ''))
}

/** `chain config set`; without a value the setting is taken back. */
export async function setConfig(terminal: Terminal, name: string, text: string | undefined): Promise<void> {
  const known = knownName(name)
  const { options } = terminal
  const value = text === undefined ? undefined : parseDefault(known, text)
  if (text !== undefined && value === undefined) {
    const { largest }: DefaultDefinition = DEFAULTS[known]
    const what = largest === undefined ? 'a text that is not empty' : `a whole number from 1 to ${largest}`
    throw new UsageError(`${known} must be ${what}`, commandLine(options, `config set ${known} VALUE`))
  }
  if (text !== undefined) await checkMeant(options, known, text)
  await writeDefault(dataFolder(options.dataDir), known, value)
  terminal.result({ [known]: value ?? null }, value === undefined ? `${known} is not set` : `${known} is ${value}`)
}

/** `chain config path` */
export async function showConfigPath(terminal: Terminal): Promise<void> {
  const data = dataFolder(terminal.options.dataDir)
  terminal.result({ file: defaultsFile(data), data }, defaultsFile(data))
}

/** Refuses what the option would refuse in every command from then on. */
async function checkMeant(options: GlobalOptions, name: DefaultName, text: string): Promise<void> {
  if (name === 'network') networkOf(options, text)
  if (name !== 'node') return
  const { nodeUrl } = await import('../nodes/connect-node.js')
  nodeUrl(text, (address) => commandLine(options, `config set node ${address}`))
}

function knownName(name: string): DefaultName {
  if (isDefaultName(name)) return name
  throw new UsageError(`there is no setting ${JSON.stringify(name)}`, `one of ${NAMES.join(', ')}`)
}
