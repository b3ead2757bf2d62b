import { dataFolder } from '../../config/paths.js'
import { openHomeSettings, openLastHome } from '../../config/settings.js'
import type { Network } from '../../consensus/network.js'
import type { Block } from '../../consensus/rules.js'
import { SearchWorker } from '../../mining/search-worker.js'
import { Node } from '../../node/node.js'
import { HttpChainSource } from '../../peers/http-chain-source.js'
import { type HomeEntry, openHomeStore } from '../../storage/home.js'
import type { Terminal } from '../terminal.js'
import { version } from '../version.js'
import { networkOf } from './choose-home.js'

export interface OpenedHome {
  readonly node: Node<Block>
  readonly identity: string
  readonly network: Network
}

/**
 * Opens a node in this process; a home that does not exist yet is made.
 * @throws StoreLocked, StoreDamaged
 */
export async function openHome(terminal: Terminal, home: HomeEntry, lockWaitMs: number): Promise<OpenedHome> {
  const network = networkOf(home.network)
  const settings = openHomeSettings(home.folder)
  const isNew = !settings.begun
  const store = await openHomeStore(home.folder, isNew, lockWaitMs)
  try {
    const { identity } = settings
    const node = await Node.open(
      {
        network,
        store,
        identity,
        version: version(),
        searcher: new SearchWorker(),
        source: new HttpChainSource(),
        now: () => Date.now() / 1000,
      },
      isNew,
    )
    if (isNew) settings.begun = true
    openLastHome(dataFolder(terminal.options.dataDir)).set({ network: home.network, name: home.name })
    return { node, identity, network }
  } catch (error) {
    await store.close()
    throw error
  }
}
