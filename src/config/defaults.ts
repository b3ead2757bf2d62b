import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What can be set once instead of being typed each time. */
export interface DefaultDefinition {
  /** The option that it stands in for, as commander names it. */
  readonly option: string
  readonly description: string
  /** For whole numbers, from 1 on; texts have none. */
  readonly largest?: number
}

export const DEFAULTS = {
  network: { option: 'network', description: 'the network of commands that name none' },
  node: { option: 'node', description: 'the node that commands talk to, instead of one on this machine' },
  timeout: { option: 'timeout', description: 'seconds that a call to a node may take', largest: 86_400 },
  limit: { option: 'limit', description: 'lines of a table', largest: 1000 },
  host: { option: 'host', description: 'the address that serve listens on' },
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
 * sets nothing, and is made anew.
 */
export function readDefaults(data: string): Defaults {
  const file = defaultsFile(data)
  if (!existsSync(file)) return {}
  try {
    const { defaults } = JSON.parse(readFileSync(file, 'utf8')) as { defaults?: Record<string, unknown> }
    const known = Object.entries(defaults ?? {}).filter(
      ([name, value]) => isDefaultName(name) && parseDefault(name, String(value)) === value,
    )
    return Object.fromEntries(known) as Defaults
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return {}
    throw error
  }
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
