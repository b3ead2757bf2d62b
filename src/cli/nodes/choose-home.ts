import { findNetwork } from '../../config/network-files.js'
import { DEFAULT_NETWORK, DEFAULT_PORT, type GlobalOptions } from '../../config/options.js'
import { dataFolder, FOLDER_NAME, homeFolder } from '../../config/paths.js'
import type { Network } from '../../consensus/network.js'
import { type HomeEntry, listHomes, runnerOf } from '../../storage/home.js'
import { askChoice } from '../prompts.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted } from '../text.js'

/** A home that `chain serve` serves. Others that hold one do so for themselves, and end with what they do: nobody takes theirs for a node that runs. */
type RunningHome = HomeEntry & { readonly runner: { readonly url: string } }

/** Which home a client command takes: the one named, the one running, the one used last. */
export async function chooseHome(terminal: Terminal): Promise<HomeEntry> {
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
  if (options.port !== undefined || options.name !== undefined) return namedHome(options)
  if (running.length === 1) return running[0]!
  if (running.length > 1) return chooseRunning(terminal, running)

  const last = (await lastHome(data)).get()
  if (last === undefined || (wanted !== undefined && last.network !== wanted)) return namedHome(options)
  return homeOf(data, last.network, last.name)
}

/** Has commands that name no home take this one from now on. */
export async function rememberHome({ options }: Terminal, { network, name }: HomeEntry): Promise<void> {
  const last = await lastHome(dataFolder(options.dataDir))
  last.set({ network, name })
}

/** The home of `--name`, else of `--port`, else of the default port. */
export function namedHome(options: GlobalOptions): HomeEntry {
  const network = networkOf(options, options.network).name
  const name = options.name ?? String(options.port ?? DEFAULT_PORT)
  if (!FOLDER_NAME.test(name)) {
    throw new UsageError(`${JSON.stringify(name)} cannot name a node`, 'use small letters, digits and dashes')
  }
  return homeOf(dataFolder(options.dataDir), network, name)
}

/** The flags that choose a home. */
export function homeFlags({ network, name }: HomeEntry): string {
  const which = /^\d+$/.test(name) ? `--port ${name}` : `--name ${name}`
  return network === DEFAULT_NETWORK ? which : `${which} --network ${network}`
}

/** A network that comes with the program, or one of the data folder. */
export function networkOf({ dataDir }: GlobalOptions, name = DEFAULT_NETWORK): Network {
  const network = findNetwork(dataFolder(dataDir), name)
  if (network !== undefined) return network
  throw new UsageError(
    `there is no network ${JSON.stringify(name)}`,
    'chain network list shows them, chain network new makes one',
  )
}

function homeOf(data: string, network: string, name: string): HomeEntry {
  const folder = homeFolder(data, network, name)
  return { network, name, folder, runner: runnerOf(folder) }
}

function isRunning(home: HomeEntry): home is RunningHome {
  return home.runner?.command === 'serve' && home.runner.url !== undefined
}

async function lastHome(data: string) {
  const { openLastHome } = await import('../../config/settings.js')
  return openLastHome(data)
}

async function chooseRunning(terminal: Terminal, running: readonly RunningHome[]): Promise<HomeEntry> {
  if (!terminal.canAsk) {
    const list = running.map((home) => `${homeFlags(home)} (${home.runner.url})`).join(', ')
    throw new UsageError(`${counted(running.length, 'node')} are running, and none was chosen`, `add one of: ${list}`)
  }
  const choices = running.map((home) => ({
    name: `${home.name} (${home.network}, ${home.runner.url})`,
    value: home.folder,
  }))
  const folder = await askChoice(terminal, 'Which node?', '--port', choices)
  return running.find((home) => home.folder === folder)!
}
