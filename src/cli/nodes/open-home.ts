import { join } from 'node:path'
import { ApiError } from '../../api/errors.js'
import { TIP_KEY } from '../../chain/layout.js'
import { openHomeSettings } from '../../config/settings.js'
import type { Network } from '../../consensus/network.js'
import type { Block } from '../../consensus/rules.js'
import { SearchWorker } from '../../mining/search-worker.js'
import { Node } from '../../node/node.js'
import { HttpChainSource } from '../../peers/http-chain-source.js'
import { StoreDamaged } from '../../primitives/errors.js'
import { type HomeEntry, openHomeStore, settleHome } from '../../storage/home.js'
import { version } from '../version.js'
import { homeFlags, networkOf } from './choose-home.js'

/** A name that a new node may be given in the place of one that is damaged. */
const RESCUE_NAME = 'rescue'

export interface OpenedHome {
  readonly node: Node<Block>
  readonly identity: string
  readonly network: Network
  /** Whether the home began with this opening. */
  readonly isNew: boolean
}

/**
 * Opens a node in this process; a home that does not exist yet is made.
 * @throws StoreLocked, and ApiError where it is damaged
 */
export async function openHome(
  home: HomeEntry,
  lockWaitMs: number,
  onWait: () => void = () => {},
): Promise<OpenedHome> {
  try {
    return await openSound(home, lockWaitMs, onWait)
  } catch (error) {
    if (!(error instanceof StoreDamaged)) throw error
    throw new ApiError('store-damaged', `the store is damaged: ${error.message}`, { hint: rescueHint(home) })
  }
}

/** What can be done with a home that is damaged: nothing in it is changed, and others may have the chain. */
function rescueHint({ folder, network }: HomeEntry): string {
  const rescue = homeFlags({ network, name: RESCUE_NAME })
  const fetching = `chain peers add http://HOST:PORT ${rescue} && chain resolve ${rescue}`
  return `keep a copy of ${folder}, in which nothing was changed; to fetch the chain from a peer into a new node: ${fetching}`
}

async function openSound(home: HomeEntry, lockWaitMs: number, onWait: () => void): Promise<OpenedHome> {
  const network = networkOf(home.network)
  const settings = openHomeSettings(home.folder)
  const store = await openHomeStore(home.folder, { isNew: !settings.begun, waitMs: lockWaitMs, onWait })
  try {
    if (!settings.hasIdentity && (await store.get(TIP_KEY)) !== undefined) {
      throw new StoreDamaged(`${join(home.folder, 'config.json')} has lost the identity of the node`)
    }
    const identity = settings.identity()
    // Asked again: another command may have begun it while this one waited.
    const isNew = !settings.begun
    if (isNew) settleHome(home.folder)
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
