import type { SyncProgress } from '../../api/schemas.js'
import { describeSearch } from '../mining-progress.js'
import { openNode } from '../nodes/open-node.js'
import { fields } from '../table.js'
import type { Terminal } from '../terminal.js'
import { counted, grouped } from '../text.js'
import { addressOrNone } from '../wallets/meant-address.js'

/** `chain status`: the node at a glance. */
export async function status(terminal: Terminal): Promise<void> {
  const { api, network, node } = await openNode(terminal)
  try {
    const found = await api.status()
    // A node that is opened for a command that mines is told of one's wallet; one that only shows something is not.
    const isOurs = found.rewardsTo === null && node !== undefined
    const rewardsTo = isOurs ? await addressOrNone(terminal, network, undefined) : found.rewardsTo
    terminal.result(found, () =>
      fields(
        [
          ['network', `${found.network}: ${network.title}`],
          ['identity', found.identity],
          ...(rewardsTo === found.identity ? [] : [['rewards to', rewardsTo ?? 'nobody yet'] as const]),
          ['chain', counted(found.length, 'block')],
          ['last block', found.tip],
          ['pending', counted(found.pending, 'transaction')],
          ['peers', String(found.peers)],
          ['mining', found.mining === null ? 'no' : describeSearch(found.mining)],
          ...(found.syncing === null ? [] : [['fetching', describeSyncing(found.syncing)] as const]),
          ['version', found.version],
        ],
        terminal.paint.dim,
      ),
    )
  } finally {
    await api.close()
  }
}

function describeSyncing({ blocks, total }: SyncProgress): string {
  return `${grouped(blocks)} of ${counted(total, 'block')}`
}
