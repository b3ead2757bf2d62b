import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Network, NetworkDefinition } from '../consensus/network.js'
import { BUILT_IN_NETWORKS, definedNetwork, networkNamed, TUTORIAL_RULES } from '../consensus/networks.js'
import { isReject, reject, rejectText } from '../consensus/reject.js'
import { readDefinition as readSecureDefinition, type SecureDefinition } from '../consensus/secure/definition.js'
import { DefinitionDamaged } from '../primitives/errors.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { isJsonObject, JsonNumber, type JsonValue, parseJson } from '../primitives/json/value.js'
import { makeFolder } from './make-folder.js'
import { FOLDER_NAME, networksFolder } from './paths.js'

/** Names of folders beside those of the networks. */
const TAKEN = ['networks', 'wallets']

/** Whether a network of one's own can be called so here: its nodes have a folder of that name. */
export function isNetworkName(name: string): boolean {
  return FOLDER_NAME.test(name) && !TAKEN.includes(name)
}

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

/**
 * The network of a file that somebody else wrote, a secure one; its definition is kept, under its name.
 * @throws DefinitionDamaged where the file holds none, or another network has its name here
 */
export function takeNetwork(data: string, file: string): Network {
  const definition = secureDefinitionOf(file, undefined)
  if (!isNetworkName(definition.name)) {
    throw new DefinitionDamaged(
      undefined,
      `${file} defines network ${JSON.stringify(definition.name)}, and no network can be called so here`,
    )
  }
  const known = findNetwork(data, definition.name)
  if (known === undefined) return writeNetwork(data, definition.name, definition)
  const { id } = definedNetwork(definition.name, definition)
  if (known.id === id) return known
  const [theirs, ours] = [id?.slice(0, 16), known.id?.slice(0, 16) ?? 'none']
  throw new DefinitionDamaged(
    undefined,
    `${file} defines another network ${definition.name} (id ${theirs}...) than the one that is known here (id ${ours}...)`,
  )
}

/** @param name of the network whose definition it is to be, where it is kept here */
function secureDefinitionOf(file: string, name: string | undefined): SecureDefinition {
  const read = readJson(file)
  const definition =
    read === undefined
      ? reject('bad-definition', 'it is no file of JSON of at most 64 KiB, or holds a key twice')
      : readSecureDefinition(read)
  if (isReject(definition)) throw new DefinitionDamaged(name, `${file}: ${rejectText(definition)}`)
  return definition
}

/** Where the definition of a network of one's own is. */
export function networkFile(data: string, name: string): string {
  return join(networksFolder(data), `${name}.json`)
}

/** Keeps a new definition. The name must be free. */
export function writeNetwork(data: string, name: string, definition: NetworkDefinition): Network {
  makeFolder(networksFolder(data))
  const file = networkFile(data, name)
  // A definition that another process has just made must stay.
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeFileSync(descriptor, `${JSON.stringify(definition, undefined, 2)}\n`)
  } catch (error) {
    // A part of one would keep others from taking the name.
    rmSync(file, { force: true })
    throw Object.assign(error as Error, { path: file })
  } finally {
    closeSync(descriptor)
  }
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
  const read = readJson(file)
  if (isJsonObject(read) && read.rules === 'secure') {
    const definition = secureDefinitionOf(file, name)
    if (definition.name !== name) {
      throw new DefinitionDamaged(
        name,
        `${file} defines network ${definition.name}, and must be called ${definition.name}.json`,
      )
    }
    return definition
  }
  const zeros = isJsonObject(read) && read.zeros instanceof JsonNumber ? read.zeros.toNumber() : Number.NaN
  const rules = isJsonObject(read) ? TUTORIAL_RULES.find((name) => name === read.rules) : undefined
  if (rules === undefined || !Number.isInteger(zeros) || zeros < 1 || zeros > MAX_ZEROS) {
    throw new DefinitionDamaged(
      name,
      `${file} is no definition of a network, such as {"rules": "tutorial", "zeros": 6}`,
    )
  }
  return { rules, zeros }
}

const LIMITS = { maxDepth: 2, maxBytes: 64 * 1024, isStrict: true }

/** @returns undefined where the file is no JSON, more than a definition can be, or a device or pipe that may have no end */
function readJson(file: string): JsonValue | undefined {
  try {
    const stats = statSync(file)
    return stats.isFile() && stats.size <= LIMITS.maxBytes ? parseJson(readFileSync(file), LIMITS) : undefined
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return undefined
  }
}
