import { ApiError } from '../../api/errors.js'
import { TIP_KEY } from '../../chain/layout.js'
import { makeFolder } from '../../config/make-folder.js'
import type { GlobalOptions } from '../../config/options.js'
import { HomeSettings } from '../../config/settings.js'
import type { Network } from '../../consensus/network.js'
import type { Searcher } from '../../mining/searcher.js'
import { StoreDamaged } from '../../primitives/errors.js'
import { type HomeEntry, settleHome } from '../../storage/home.js'
import { openHomeStore } from '../../storage/home-store.js'
import { commandLine } from '../command-line.js'
import type { Terminal } from '../terminal.js'
import { version } from '../version.js'
import { homeFlags } from './choose-home.js'
import { HeldHome } from './held-home.js'

/**
 * Opens a node in this process; a home that does not exist yet is made.
 * @param terminal has the command that this process carries out, for others to be told
 * @param searcher closed with the node, and where the home cannot be opened
 * @param rewardTo whom the rewards of blocks go to, if not to the node
 * @throws StoreLocked, StoreUnwritable, SettingsDamaged, and ApiError `store-damaged`, which says what can be done
 */
export async function openHome(
  home: HomeEntry,
  network: Network,
  terminal: Terminal,
  searcher: Searcher,
  rewardTo?: string,
): Promise<HeldHome> {
  try {
    return await openSound(home, network, terminal.command, { searcher, rewardTo })
  } catch (error) {
    await searcher.close()
    if (!(error instanceof StoreDamaged)) throw error
    throw new ApiError('store-damaged', `the store is damaged: ${error.message}`, {
      hint: rescueHint(terminal.options, home),
    })
  }
}

/** Others may have the chain; what is in the folder alone, pending transactions for one, they do not. */
function rescueHint(options: GlobalOptions, home: HomeEntry): string {
  const flags = homeFlags(options, home)
  const steps = ['reset', 'peers add http://HOST:PORT', 'resolve'].map((step) => commandLine(options, step, flags))
  return `keep a copy of ${home.folder}, in which nothing was changed; then fetch the chain from a peer: ${steps.join(' && ')}`
}

async function openSound(
  { folder }: HomeEntry,
  network: Network,
  command: string,
  { searcher, rewardTo }: { searcher: Searcher; rewardTo: string | undefined },
): Promise<HeldHome> {
  makeFolder(folder)
  const settings = new HomeSettings(folder)
  // The rest is loaded while the disk is at work.
  const [store, { Node }, { HttpChainSource }] = await Promise.all([
    openHomeStore(folder, { isNew: !settings.begun }),
    import('../../node/node.js'),
    import('../../peers/http-chain-source.js'),
  ])
  try {
    // Looked at when nobody else can begin the home any more.
    const isNew = !settings.begun
    const known = settings.identity
    const hasChain = !isNew || (await store.get(TIP_KEY)) !== undefined
    if (known === undefined && hasChain) {
      throw settings.identityLost()
    }
    const identity = known ?? (await settings.makeIdentity())
    if (isNew) settleHome(folder)
    const node = await Node.open(
      {
        network,
        store,
        identity,
        rewardTo,
        version: version(),
        searcher,
        source: new HttpChainSource(),
        now: () => Date.now() / 1000,
      },
      isNew,
    )
    if (isNew) await settings.setBegun(true)
    const beginning = hasChain ? 'continued' : known === undefined ? 'made' : 'anew'
    return new HeldHome({ node, network, identity, beginning, folder, command })
  } catch (error) {
    await store.close()
    throw error
  }
}
