import { join } from 'node:path'
import { TIP_KEY } from '../../chain/layout.js'
import { openHomeSettings } from '../../config/settings.js'
import type { Network } from '../../consensus/network.js'
import type { Block } from '../../consensus/rules.js'
import { SearchWorker } from '../../mining/search-worker.js'
import { Node } from '../../node/node.js'
import { HttpChainSource } from '../../peers/http-chain-source.js'
import { StoreDamaged } from '../../primitives/errors.js'
import { type HomeEntry, openHomeStore } from '../../storage/home.js'
import { version } from '../version.js'

export interface OpenedHome {
  readonly node: Node<Block>
  readonly identity: string
  readonly network: Network
  /** Whether the home began with this opening. */
  readonly isNew: boolean
}

/**
 * Opens a node in this process; a home that does not exist yet is made.
 * @throws StoreLocked, StoreDamaged
 */
export async function openHome(
  home: HomeEntry,
  network: Network,
  lockWaitMs: number,
  onWait: () => void = () => {},
): Promise<OpenedHome> {
  const settings = openHomeSettings(home.folder)
  const store = await openHomeStore(home.folder, { isNew: !settings.begun, waitMs: lockWaitMs, onWait })
  try {
    if (!settings.hasIdentity && (await store.get(TIP_KEY)) !== undefined) {
      throw new StoreDamaged(`${join(home.folder, 'config.json')} has lost the identity of the node`)
    }
    const identity = settings.identity()
    // Asked again: another command may have begun it while this one waited.
    const isNew = !settings.begun
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
    return { node, identity, network, isNew }
  } catch (error) {
    await store.close()
    throw error
  }
}
