import { TIP_KEY } from '../../chain/layout.js'
import { openHomeSettings } from '../../config/settings.js'
import type { Network } from '../../consensus/network.js'
import { SearchWorker } from '../../mining/search-worker.js'
import { Node } from '../../node/node.js'
import { HttpChainSource } from '../../peers/http-chain-source.js'
import { SettingsDamaged } from '../../primitives/errors.js'
import { type HomeEntry, openHomeStore } from '../../storage/home.js'
import { version } from '../version.js'
import { HeldHome } from './held-home.js'

/**
 * Opens a node in this process; a home that does not exist yet is made.
 * @param command what this process does, for others to be told
 * @throws StoreLocked, StoreDamaged, StoreUnwritable, SettingsDamaged
 */
export async function openHome({ folder }: HomeEntry, network: Network, command: string): Promise<HeldHome> {
  const settings = openHomeSettings(folder)
  const store = await openHomeStore(folder, { isNew: !settings.begun })
  try {
    // Looked at when nobody else can begin the home any more.
    const isNew = !settings.begun
    if (!settings.hasIdentity && (!isNew || (await store.get(TIP_KEY)) !== undefined)) {
      throw new SettingsDamaged(`${settings.file} has lost the identity of the node, whose chain is there`)
    }
    const identity = settings.identity()
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
    return new HeldHome({ node, network, identity, isNew, folder, command })
  } catch (error) {
    await store.close()
    throw error
  }
}
