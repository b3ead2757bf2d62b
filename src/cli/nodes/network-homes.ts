import { join } from 'node:path'
import { allNetworks } from '../../config/network-files.js'
import type { GlobalOptions } from '../../config/options.js'
import { dataFolder } from '../../config/paths.js'
import { type HomeEntry, listHomes } from '../../storage/home.js'
import { commandLine } from '../command-line.js'
import { UsageError } from '../terminal.js'
import { nameOf } from './patience.js'

export interface NetworkHomes {
  /** Where all of them are. */
  readonly folder: string
  readonly names: readonly string[]
  /** Who holds one of them, if anybody does. */
  readonly holder: string | undefined
}

/** The homes of one network. */
export function homesOfNetwork({ dataDir }: GlobalOptions, network: string): NetworkHomes {
  const data = dataFolder(dataDir)
  const homes = listHomes(data).filter((home) => home.network === network)
  const runner = homes.find((home) => home.runner !== undefined)?.runner
  return {
    folder: join(data, network),
    names: homes.map(({ name }) => name),
    holder: runner && nameOf(runner),
  }
}

/** The homes that can be opened: those of networks that are known here. */
export function usableHomes(data: string): HomeEntry[] {
  const known = allNetworks(data, () => {}).map(({ name }) => name)
  return listHomes(data).filter(({ network }) => known.includes(network))
}

/** What is said of a network that is not known: one that was removed may have nodes all the same. */
export function noNetwork(options: GlobalOptions, name: string): UsageError {
  const message = `there is no network ${JSON.stringify(name)}`
  const { folder, names } = homesOfNetwork(options, name)
  if (names.length === 0) {
    const [list, make] = ['network list', 'network new'].map((words) => commandLine(options, words))
    return new UsageError(message, `${list} shows them, ${make} makes one`)
  }
  const back = commandLine(options, `network new ${name} --rules RULES --zeros N`)
  return new UsageError(
    `${message} any more; what its nodes have (${names.join(', ')}) is still in ${folder}`,
    `${back}, with the rules and the zeros that it had, brings them back`,
  )
}
