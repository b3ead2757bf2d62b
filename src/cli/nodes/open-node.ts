import { StoreLocked } from '../../primitives/errors.js'
import { runnerOf } from '../../storage/home.js'
import type { Terminal } from '../terminal.js'
import { chooseHome, homeFlags, rememberHome } from './choose-home.js'
import type { OpenedNode } from './opened-node.js'

/** How long a command waits for another one, such as a search for a proof, to be done with the home. */
const LOCK_WAIT_MS = 10_000

/** Opens the node that the options choose. This is the only place that decides between embedded and remote. */
export async function openNode(terminal: Terminal): Promise<OpenedNode> {
  const { options } = terminal
  const { connectNode, nodeUrl } = await import('./connect-node.js')
  if (options.node !== undefined) {
    const url = nodeUrl(options.node)
    return connectNode(terminal, { url, flags: `--node ${url}` })
  }
  const home = await chooseHome(terminal)
  const flags = homeFlags(home)
  if (home.runner !== undefined) return connectNode(terminal, { url: home.runner.url, flags, home })
  const { openHome } = await import('./open-home.js')
  try {
    const { node, identity, network } = await openHome(home, LOCK_WAIT_MS)
    await rememberHome(terminal, home)
    terminal.note(`node ${home.name} of network ${home.network}, not running: opened for this command`)
    return { api: node, network, identity, flags }
  } catch (error) {
    // It may have been started while we waited.
    const runner = error instanceof StoreLocked ? runnerOf(home.folder) : undefined
    if (runner === undefined) throw error
    return connectNode(terminal, { url: runner.url, flags, home })
  }
}
