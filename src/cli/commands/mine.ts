import { exactJson } from '../../api/documents.js'
import type { MineRequest, NodeApi } from '../../api/node-api.js'
import type { MinedBlock } from '../../api/schemas.js'
import type { Network } from '../../consensus/network.js'
import { rejectText } from '../../consensus/reject.js'
import { printJson } from '../../primitives/json/value.js'
import { onInterrupt } from '../interrupts.js'
import { describeSearch } from '../mining-progress.js'
import { openNode } from '../nodes/open-node.js'
import type { OutsideMiner } from '../nodes/outside-miner.js'
import { askConsent } from '../prompts.js'
import { startActivity } from '../spinner.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted, duration, harmless, shortened } from '../text.js'
import { addressOrNone, hasWallets, ownAddress } from '../wallets/meant-address.js'

export interface MineOptions {
  readonly count?: number
  /** Until it is interrupted. */
  readonly continuous?: boolean
  readonly threads?: number
  /** Whom the reward goes to. */
  readonly to?: string
}

/** `chain mine`: finds blocks, one after the other. */
export async function mine(
  terminal: Terminal,
  { continuous = false, count = continuous ? Number.POSITIVE_INFINITY : 1, threads, to }: MineOptions,
): Promise<void> {
  let recipient: string | undefined
  const check = async (network: Network): Promise<void> => {
    recipient = to === undefined ? undefined : await addressOrNone(terminal, network, to)
    const refusal = recipient === undefined ? undefined : network.rules.checkRecipient(recipient)
    if (refusal !== undefined) throw new UsageError(rejectText(refusal), refusal.hint)
  }
  const payee = (network: Network): Promise<string | undefined> => addressOrNone(terminal, network, undefined)
  const { api, network } = await openNode(terminal, { check, ifNew: 'keep-if-used', search: { threads, payee } })
  let outside: OutsideMiner | undefined
  const { signal, release } = onInterrupt()
  try {
    if (terminal.options.node !== undefined && network.rules.tree !== undefined) {
      // Loaded here: it brings what searches.
      const { OutsideMiner } = await import('../nodes/outside-miner.js')
      outside = new OutsideMiner(api, network, threads)
      recipient ??= await ownAddress(terminal, network)
    } else if (to === undefined && network.signing !== undefined) {
      recipient = await minerOf(terminal, api, network)
    }
    const mineOne = (request: MineRequest): Promise<MinedBlock> =>
      outside === undefined ? api.mine({ ...request, to: recipient }) : outside.mine({ ...request, to: recipient! })
    for (let found = 0; found < count; found++) {
      // A node in Python says no more.
      const activity = startActivity(terminal, 'searching')
      try {
        const block = await mineOne({
          signal,
          onProgress: (progress) => activity.update(describeSearch(progress)),
        })
        activity.stop()
        const describe = count === 1 ? describeBlock : describeInOneLine
        terminal.result(printJson(exactJson(block)), () => describe(terminal, block))
      } finally {
        activity.stop()
      }
    }
  } finally {
    await outside?.close()
    await api.close()
    release()
  }
}

/**
 * Whom the rewards go to where a node has to be told: whom it was told already, else the first account of one's wallet.
 * @throws UsageError where there is none; a person on a terminal may make one first
 */
async function minerOf(terminal: Terminal, api: NodeApi, network: Network): Promise<string> {
  const { rewardsTo } = await api.status()
  const known = rewardsTo ?? (await addressOrNone(terminal, network, undefined))
  if (known !== undefined) return known
  if (terminal.canAsk && !(await hasWallets(terminal))) {
    terminal.note('the reward needs an address, and there is no wallet yet')
    await askConsent(terminal, 'make a wallet')
    const { newWallet } = await import('./wallet/new.js')
    await newWallet(terminal, { words: 12 })
  }
  return ownAddress(terminal, network)
}

function describeBlock(terminal: Terminal, mined: MinedBlock): string {
  const { paint } = terminal
  const { transactions } = mined.block
  const held = Array.isArray(transactions) ? transactions.length : 0
  return [
    describeSearchOf(terminal, mined),
    `  ${paint.dim('hash')} ${harmless(mined.hash)}`,
    `  ${paint.dim('with')} ${counted(held, 'transaction')}, the reward included`,
  ].join('\n')
}

function describeInOneLine(terminal: Terminal, mined: MinedBlock): string {
  return `${describeSearchOf(terminal, mined)}, hash ${harmless(shortened(mined.hash))}`
}

/** `✔ block 2 found: proof 35293, 35,294 hashes, 20 ms` */
function describeSearchOf({ paint }: Terminal, { height, block, hashes, elapsedMs }: MinedBlock): string {
  const work = hashes === null ? '' : `${counted(hashes, 'hash')}, `
  const proof = harmless(String(block.proof))
  return `${paint.green('✔')} block ${paint.bold(String(height))} found: proof ${proof}, ${work}${duration(elapsedMs)}`
}
