import { existsSync } from 'node:fs'
import { findNetwork, takeNetwork } from '../../config/network-files.js'
import { DEFAULT_NETWORK, DEFAULT_PORT, type GlobalOptions } from '../../config/options.js'
import { dataFolder, FOLDER_NAME, homeFolder } from '../../config/paths.js'
import { type LastHome, readLastHome, writeLastHome } from '../../config/settings.js'
import type { Network } from '../../consensus/network.js'
import { type HomeEntry, listHomes, runnerOf } from '../../storage/home.js'
import { commandLine } from '../command-line.js'
import { askChoice } from '../prompts.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted } from '../text.js'
import { noNetwork, usableHomes } from './network-homes.js'

/** A home that `chain serve` serves. Others that hold one do so for themselves, and end with what they do: nobody takes theirs for a node that runs. */
type RunningHome = HomeEntry & { readonly runner: { readonly url: string } }

/**
 * Which home a client command takes: the one named, the one running, the one used last.
 * @param mayMake whether one that is named may be new: of that there is nothing to be shown
 */
export async function chooseHome(terminal: Terminal, { mayMake = false } = {}): Promise<HomeEntry> {
  const { options } = terminal
  const data = dataFolder(options.dataDir)
  const wanted = options.network === undefined ? undefined : networkOf(options, options.network).name
  const running = listHomes(data)
    .filter(isRunning)
    .filter(({ network }) => wanted === undefined || network === wanted)
  if (options.name === undefined && options.port !== undefined) {
    // A node that was given a name is still found by the port it listens on.
    const listening = running.find(({ runner }) => new URL(runner.url).port === String(options.port))
    if (listening !== undefined) return listening
  }
  if (options.port !== undefined || options.name !== undefined) {
    const home = namedHome(options)
    if (!mayMake) requireHome(options, home)
    return home
  }
  if (running.length === 1) return running[0]!
  if (running.length > 1) return chooseRunning(terminal, running)

  const last = readLastHome(data)
  if (last === undefined || (wanted !== undefined && last.network !== wanted)) return namedHome(options)
  const home = homeOf(data, last.network, last.name)
  return isThere(home) && findNetwork(data, home.network) !== undefined ? home : namedHome(options)
}

/** @throws UsageError that names the homes that are there, where this one is not */
export function requireHome(options: GlobalOptions, home: HomeEntry): void {
  if (isThere(home)) return
  const known = usableHomes(dataFolder(options.dataDir)).map((each) => homeFlags(options, each).join(' '))
  const there = known.length === 0 ? '' : `; those that are there: ${known.join(', ')}`
  throw new UsageError(
    `there is no node ${home.name} of network ${home.network}`,
    `${commandLine(options, 'serve', homeFlags(options, home))} makes one${there}`,
  )
}

/**
 * Has commands that name no home take this one from now on.
 * @returns what has them take the one before again
 */
export async function rememberHome({ options }: Terminal, { network, name }: HomeEntry): Promise<() => Promise<void>> {
  const data = dataFolder(options.dataDir)
  const before = readLastHome(data)
  const isLast = (last: LastHome | undefined): boolean => last?.network === network && last.name === name
  if (!isLast(before)) await writeLastHome(data, { network, name })
  return async () => {
    // Another command may have used another one meanwhile.
    if (!isLast(before) && isLast(readLastHome(data))) await writeLastHome(data, before)
  }
}

/** The network of the home that a command without flags takes: of those that are running, else of the one used last; undefined where there is none. */
export function presumedNetwork({ dataDir }: GlobalOptions): string | undefined {
  const data = dataFolder(dataDir)
  const running = new Set(
    listHomes(data)
      .filter(isRunning)
      .map(({ network }) => network),
  )
  return running.size === 1 ? [...running][0] : readLastHome(data)?.network
}

/** The home of `--name`, else of `--port`, else of the default port. */
export function namedHome(options: GlobalOptions): HomeEntry {
  const network = networkOf(options, options.network).name
  const name = options.name ?? String(options.port ?? DEFAULT_PORT)
  if (!FOLDER_NAME.test(name)) {
    throw new UsageError(`${JSON.stringify(name)} cannot name a node`, 'use up to 64 small letters, digits and dashes')
  }
  return homeOf(dataFolder(options.dataDir), network, name)
}

/** A port of which there is no node yet. */
export function newPort({ dataDir }: GlobalOptions): number {
  const names = listHomes(dataFolder(dataDir)).map(({ name }) => name)
  let port = DEFAULT_PORT
  while (names.includes(String(port))) port++
  return port
}

/** The flags that choose a home. */
export function homeFlags(options: GlobalOptions, { network, name }: Pick<HomeEntry, 'network' | 'name'>): string[] {
  return [/^\d+$/.test(name) ? '--port' : '--name', name, ...networkFlags(options, network)]
}

/** The flag that chooses a network, none where it would be taken without one. */
export function networkFlags({ network: inForce }: GlobalOptions, network: string): string[] {
  return network === DEFAULT_NETWORK && inForce === undefined ? [] : ['--network', network]
}

/** A network that comes with the program, one of the data folder, or that of a file. */
export function networkOf(options: GlobalOptions, name = DEFAULT_NETWORK): Network {
  if (/[/\\]|\.json$/.test(name)) {
    if (!existsSync(name))
      throw new UsageError(`there is no file ${name}`, 'name a network, or the file that defines one')
    return takeNetwork(dataFolder(options.dataDir), name)
  }
  const network = findNetwork(dataFolder(options.dataDir), name)
  if (network !== undefined) return network
  throw noNetwork(options, name)
}

function homeOf(data: string, network: string, name: string): HomeEntry {
  const folder = homeFolder(data, network, name)
  return { network, name, folder, runner: runnerOf(folder) }
}

/** Also where it has lost what is in it, which is to be told. */
function isThere({ folder }: HomeEntry): boolean {
  return existsSync(folder)
}

function isRunning(home: HomeEntry): home is RunningHome {
  return home.runner?.command === 'serve' && home.runner.url !== undefined
}

async function chooseRunning(terminal: Terminal, running: readonly RunningHome[]): Promise<HomeEntry> {
  const { options } = terminal
  if (!terminal.canAsk) {
    const list = running.map((home) => `${homeFlags(options, home).join(' ')} (${home.runner.url})`).join(', ')
    throw new UsageError(`${counted(running.length, 'node')} are running, and none was chosen`, `add one of: ${list}`)
  }
  const choices = running.map((home) => ({
    name: `${home.name} (${home.network}, ${home.runner.url})`,
    value: home.folder,
  }))
  const folder = await askChoice(terminal, 'Which node?', '--port', choices)
  return running.find((home) => home.folder === folder)!
}
