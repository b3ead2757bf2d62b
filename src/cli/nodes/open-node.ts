import { DEFAULT_HOST, type GlobalOptions } from '../../config/options.js'
import type { Network } from '../../consensus/network.js'
import { StoreLocked } from '../../primitives/errors.js'
import { type HomeEntry, runnerOf } from '../../storage/home.js'
import { commandLine } from '../command-line.js'
import { type Terminal, UsageError } from '../terminal.js'
import { chooseHome, homeFlags, networkOf, rememberHome } from './choose-home.js'
import type { Beginning, CloseOptions } from './held-home.js'
import { HomeNode, type ReachedNode } from './home-node.js'
import type { OpenedNode } from './opened-node.js'
import { nameOf, Patience } from './patience.js'

/**
 * A command that holds a home for longer than this serves it to others, whatever it is that takes it so long: blocks to be mined, slow
 * peers, a question to a person. Others do not: to load the server would take longer than all they do.
 */
const SERVE_AFTER_MS = 1_000

export interface OpenOptions {
  /** Refuses what is wrong by the network's rules, before a home is opened for it. */
  readonly check?: (network: Network) => void | Promise<void>
  /**
   * What becomes of a node that is named and is not there: of a new one there is nothing to be shown; who stores something makes it, and
   * it goes again if nothing comes to be stored.
   */
  readonly ifNew?: IfNew
  /** The command has the node search proofs. */
  readonly search?: SearchSettings
}

export interface SearchSettings {
  /** Threads that search where the node is opened by this command; undefined for as many as there are processors. */
  readonly threads: number | undefined
  readonly payee: Payee
}

/** Whom the rewards of a node's blocks go to; undefined for the node itself, or for nobody that is known. */
export type Payee = (network: Network) => Promise<string | undefined>

type IfNew = 'refuse' | 'keep' | 'keep-if-used'

/** Opens the node that the options choose. This is the only place that decides between embedded and remote. */
export async function openNode(
  terminal: Terminal,
  { check = () => {}, ifNew = 'refuse', search }: OpenOptions = {},
): Promise<OpenedNode> {
  const { options } = terminal
  if (options.node !== undefined) {
    const { connectNode, nodeUrl } = await import('./connect-node.js')
    return connectNode(terminal, nodeUrl(options.node), async (network) => {
      // What work binds can be searched here, too.
      if (search?.threads !== undefined && network.rules.tree === undefined) throw searchesItself(options)
      await check(network)
    })
  }
  const home = await chooseHome(terminal, { mayMake: ifNew !== 'refuse' })
  const network = networkOf(options, home.network)
  await check(network)
  const flags = homeFlags(options, home)
  const [pending, peers] = ['pending', 'peers list'].map((words) => commandLine(options, words, flags))
  const reach = () => reachHome(terminal, home, { mayVanish: ifNew === 'keep-if-used' }, search)
  const api = new HomeNode(reach, `look with ${pending} and ${peers}`)
  const { identity, node, holder } = await api.reached()
  if (node === undefined && search?.threads !== undefined) {
    await api.close()
    throw searchesItself(options)
  }
  return { api, network, identity, flags, holder, ...(node && { node }) }
}

const BEGINNINGS: Readonly<Record<Beginning, string>> = {
  made: 'a new one: made',
  anew: 'whose chain begins anew: opened',
  continued: 'not running: opened',
}

/** Reaches the node of a home: asks whoever serves it, or opens it when nobody holds it. */
async function reachHome(
  terminal: Terminal,
  home: HomeEntry,
  options: CloseOptions,
  search: SearchSettings | undefined,
): Promise<ReachedNode> {
  const patience = new Patience({ name: home.name, note: (text) => terminal.note(text) })
  for (;;) {
    const served = await reachServed(terminal, home)
    if (served !== undefined) return served
    try {
      return await openEmbedded(terminal, home, options, search)
    } catch (error) {
      if (!(error instanceof StoreLocked)) throw error
      await patience.wait(runnerOf(home.folder))
    }
  }
}

async function reachServed(terminal: Terminal, home: HomeEntry): Promise<ReachedNode | undefined> {
  const runner = runnerOf(home.folder)
  if (runner?.url === undefined) return undefined
  const { url, identity } = runner
  // Loaded here: a node that is opened needs no client.
  const { connectHome } = await import('./connect-node.js')
  const api = await connectHome(terminal, { url, identity, folder: home.folder })
  if (api === undefined) return undefined
  const isBorrowed = runner.command !== 'serve'
  const where = isBorrowed ? `held by ${nameOf(runner)}` : `running at ${url}`
  terminal.note(`node ${home.name} of network ${home.network}, ${where}`)
  return { api, identity, isBorrowed, holder: nameOf(runner), close: () => api.close() }
}

async function openEmbedded(
  terminal: Terminal,
  home: HomeEntry,
  options: CloseOptions,
  search: SearchSettings | undefined,
): Promise<ReachedNode> {
  const network = networkOf(terminal.options, home.network)
  // Loaded here: a node that runs elsewhere is not opened.
  const { SearchPool } = await import('../../mining/search-pool.js')
  const searcher = new SearchPool({ threads: search?.threads })
  // Its threads begin while this one loads and opens the rest; where somebody holds the home, they would begin for nothing.
  if (search !== undefined && runnerOf(home.folder) === undefined) searcher.prepare(network.rules.jobKind)
  const { openHome } = await import('./open-home.js')
  const rewardTo = await search?.payee(network)
  const held = await openHome(home, network, terminal, searcher, rewardTo)
  const forget = await rememberHome(terminal, home).catch(async (error) => {
    await held.close()
    throw error
  })
  terminal.note(`node ${home.name} of network ${home.network}, ${BEGINNINGS[held.beginning]} for this command`)
  const serve = (): void => {
    // Where this machine lets nobody listen, others wait.
    held.serve({ host: DEFAULT_HOST, port: 0 }).catch(() => {})
  }
  const timer = setTimeout(serve, SERVE_AFTER_MS).unref()
  const close = async (): Promise<void> => {
    clearTimeout(timer)
    if ((await held.close(options)) === 'gone') await forget()
  }
  return { api: held.node, node: held.node, identity: held.identity, isBorrowed: false, close }
}

function searchesItself(options: GlobalOptions): UsageError {
  return new UsageError(
    '--threads is for a search of this command: a node that runs searches with its own threads',
    `${commandLine(options, 'serve --threads NUMBER')} runs one with so many`,
  )
}
