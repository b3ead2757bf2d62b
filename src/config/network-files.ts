import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Network, NetworkDefinition } from '../consensus/network.js'
import { BUILT_IN_NETWORKS, definedNetwork, networkNamed, RULES_NAMES } from '../consensus/networks.js'
import { DefinitionDamaged } from '../primitives/errors.js'
import { FOLDER_NAME, networksFolder } from './paths.js'

/** A search for so many zeros takes a machine of today hours. */
export const MAX_ZEROS = 10

/**
 * The networks that come with the program, and those of the data folder.
 * @param onDamaged is told of a definition that cannot be understood
 */
export function allNetworks(data: string, onDamaged: (damage: DefinitionDamaged) => void): Network[] {
  const folder = networksFolder(data)
  const files = existsSync(folder) ? readdirSync(folder).sort() : []
  const names = files.filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'))
  const defined = names.flatMap((name) => {
    try {
      return findNetwork(data, name) ?? []
    } catch (error) {
      if (!(error instanceof DefinitionDamaged)) throw error
      onDamaged(error)
      return []
    }
  })
  return [...BUILT_IN_NETWORKS, ...defined]
}

/**
 * The network of a name: one that comes with the program, or one of the data folder.
 * @throws DefinitionDamaged where its file cannot be understood
 */
export function findNetwork(data: string, name: string): Network | undefined {
  const builtIn = networkNamed(name)
  if (builtIn !== undefined || !FOLDER_NAME.test(name)) return builtIn
  const file = networkFile(data, name)
  return existsSync(file) ? definedNetwork(name, readDefinition(name, file)) : undefined
}

/** Where the definition of a network of one's own is. */
export function networkFile(data: string, name: string): string {
  return join(networksFolder(data), `${name}.json`)
}

/** Keeps a new definition. The name must be free. */
export function writeNetwork(data: string, name: string, definition: NetworkDefinition): Network {
  mkdirSync(networksFolder(data), { recursive: true, mode: 0o700 })
  // A definition that another process has just made must stay.
  writeFileSync(networkFile(data, name), `${JSON.stringify(definition, undefined, 2)}\n`, { flag: 'wx' })
  return definedNetwork(name, definition)
}

/** Forgets a definition, whatever it holds. @returns false where there is none */
export function removeNetwork(data: string, name: string): boolean {
  const file = networkFile(data, name)
  if (!FOLDER_NAME.test(name) || !existsSync(file)) return false
  rmSync(file)
  return true
}

function readDefinition(name: string, file: string): NetworkDefinition {
  let read: unknown
  try {
    read = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  if (!isDefinition(read)) {
    throw new DefinitionDamaged(
      name,
      `${file} is no definition of a network, such as {"rules": "tutorial", "zeros": 6}`,
    )
  }
  return { rules: read.rules, zeros: read.zeros }
}

function isDefinition(read: unknown): read is NetworkDefinition {
  if (typeof read !== 'object' || read === null || !('rules' in read) || !('zeros' in read)) return false
  const { rules, zeros } = read as Record<'rules' | 'zeros', unknown>
  const isCount = typeof zeros === 'number' && Number.isInteger(zeros) && zeros >= 1 && zeros <= MAX_ZEROS
  return isCount && RULES_NAMES.some((name) => name === rules)
}
