import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readJsonObject } from './json-object.js'
import {
  DEFAULT_HOST,
  DEFAULT_LIMIT,
  DEFAULT_NETWORK,
  DEFAULT_TIMEOUT_SECONDS,
  GLOBAL_OPTIONS,
  type OptionDefinition,
} from './options.js'

/** What can be set once instead of being typed each time. */
export interface DefaultDefinition {
  /** The option that it stands in for, as commander names it. */
  readonly option: string
  readonly description: string
  /** For whole numbers, from 1 on; texts have none. */
  readonly largest?: number
  /** What is in force while nothing is set, if anything is. */
  readonly fallback?: string | number
}

export const DEFAULTS = {
  network: { option: 'network', description: 'the network of commands that name none', fallback: DEFAULT_NETWORK },
  node: { option: 'node', description: 'the node of commands that name none' },
  timeout: {
    option: 'timeout',
    description: 'seconds that a call to a node may take',
    largest: 86_400,
    fallback: DEFAULT_TIMEOUT_SECONDS,
  },
  limit: { option: 'limit', description: 'lines of a table', largest: 1000, fallback: DEFAULT_LIMIT },
  host: { option: 'host', description: 'the address that serve listens on', fallback: DEFAULT_HOST },
  follow: { option: 'follow', description: 'seconds between two resolves of serve', largest: 86_400 },
} as const satisfies Record<string, DefaultDefinition>

export type DefaultName = keyof typeof DEFAULTS
export type Defaults = Partial<Record<DefaultName, string | number>>

/** The file in which they are kept, beside other things of the program's own. */
export function defaultsFile(data: string): string {
  return join(data, 'config.json')
}

/**
 * What is set. Read without the library that writes it, which would make each command start later; a file that cannot be understood
 * sets nothing.
 * @param onIgnored is told what of the file is not heeded
 */
export function readDefaults(data: string, onIgnored: (what: string) => void = () => {}): Defaults {
  const file = defaultsFile(data)
  if (!existsSync(file)) return {}
  const read = readJsonObject(file)
  if (read === undefined) {
    onIgnored(
      `${file} is no JSON object, and sets nothing; before it is written anew it is kept as ${basename(file)}.damaged`,
    )
    return {}
  }
  const isGood = ([name, value]: [string, unknown]): boolean =>
    isDefaultName(name) && parseDefault(name, String(value)) === value
  const entries = Object.entries(read.defaults ?? {})
  const bad = entries.filter((entry) => !isGood(entry)).map(([name]) => name)
  const outside = Object.keys(read).filter(isDefaultName)
  if (outside.length > 0)
    onIgnored(`${file} has ${outside.join(' and ')} outside of "defaults", and that is not heeded`)
  if (bad.length > 0) onIgnored(`${file} sets ${bad.join(' and ')} to what cannot be, and that is not heeded`)
  return Object.fromEntries(entries.filter(isGood)) as Defaults
}

/** A setting as commands that do not get it as a flag take it. */
export interface InForce {
  /** Null where there is none. */
  readonly value: string | number | null
  /** Where it is from: the program, `chain config set`, or the environment, which wins over both. */
  readonly source: 'default' | 'set' | 'environment'
}

/** @param set what `readDefaults` gives */
export function inForce(name: DefaultName, set: Defaults): InForce {
  const { option, fallback }: DefaultDefinition = DEFAULTS[name]
  const { variable }: Partial<OptionDefinition> = (GLOBAL_OPTIONS as Record<string, OptionDefinition>)[option] ?? {}
  const typed = variable === undefined ? undefined : process.env[variable]
  if (typed !== undefined && typed !== '') return { value: typed, source: 'environment' }
  const value = set[name]
  return value === undefined ? { value: fallback ?? null, source: 'default' } : { value, source: 'set' }
}

export function isDefaultName(name: string): name is DefaultName {
  return Object.hasOwn(DEFAULTS, name)
}

/** Reads a value as it is typed; undefined where it is none. */
export function parseDefault(name: DefaultName, text: string): string | number | undefined {
  const { largest }: DefaultDefinition = DEFAULTS[name]
  if (largest === undefined) return text.trim() === '' ? undefined : text
  const value = Number(text)
  return /^\d+$/.test(text) && value >= 1 && value <= largest ? value : undefined
}
