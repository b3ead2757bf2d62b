import { ApiError } from '../../api/errors.js'
import { StoreLocked } from '../../primitives/errors.js'
import { type HomeEntry, type Runner, runnerOf } from '../../storage/home.js'
import type { Terminal } from '../terminal.js'
import { chooseHome, homeFlags, networkOf, rememberHome } from './choose-home.js'
import type { OpenedNode } from './opened-node.js'

/** How long a command waits for another one, such as a search for a proof, to be done with the home. */
const LOCK_WAIT_MS = 10_000

/** Opens the node that the options choose. This is the only place that decides between embedded and remote. */
export async function openNode(terminal: Terminal): Promise<OpenedNode> {
  const { options } = terminal
  if (options.node !== undefined) {
    const { connectNode, nodeUrl } = await import('./connect-node.js')
    const url = nodeUrl(options.node)
    return connectNode(terminal, { url, flags: `--node ${url}` })
  }
  const home = await chooseHome(terminal)
  const flags = homeFlags(home)
  if (home.runner !== undefined) {
    const running = await reachRunning(terminal, home, home.runner)
    if (running !== undefined) return running
  }
  const { openHome } = await import('./open-home.js')
  try {
    const onWait = () => terminal.note(`another command holds the node ${home.name}: waiting for it`)
    const { node, identity, network, isNew } = await openHome(
      home,
      networkOf(options, home.network),
      LOCK_WAIT_MS,
      onWait,
    )
    await rememberHome(terminal, home)
    const state = isNew ? 'a new one: made' : 'not running: opened'
    terminal.note(`node ${home.name} of network ${home.network}, ${state} for this command`)
    return { api: node, node, network, identity, flags }
  } catch (error) {
    // It may have been started while we waited.
    const runner = error instanceof StoreLocked ? runnerOf(home.folder) : undefined
    if (runner === undefined) throw error
    return connectRunning(terminal, home, runner)
  }
}

/** Undefined where nobody answers: the process died without a word, and its number belongs to another one now. */
async function reachRunning(terminal: Terminal, home: HomeEntry, runner: Runner): Promise<OpenedNode | undefined> {
  try {
    return await connectRunning(terminal, home, runner)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'node-unreachable') return undefined
    throw error
  }
}

async function connectRunning(terminal: Terminal, home: HomeEntry, { url }: Runner): Promise<OpenedNode> {
  // Loaded here: a node that is opened needs no client.
  const { connectNode } = await import('./connect-node.js')
  return connectNode(terminal, { url, flags: homeFlags(home), home })
}
