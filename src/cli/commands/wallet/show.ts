import type { NodeApi } from '../../../api/node-api.js'
import type { Network, Signing } from '../../../consensus/network.js'
import { openNode } from '../../nodes/open-node.js'
import { type Column, table } from '../../table.js'
import type { Terminal } from '../../terminal.js'
import { accountsOf, type OwnAccount } from '../../wallets/accounts.js'
import { signingOf } from '../../wallets/wallet-network.js'
import { Wallets } from '../../wallets/wallets.js'

/** A reward that is not so deep in the chain may still go, with its block. */
const SETTLED_DEPTH = 20
/** So many places of an address are asked for at a time. */
const PAGE = 100

const COLUMNS: readonly Column[] = [
  { head: 'account', align: 'right' },
  { head: 'address', narrow: 'whole' },
  { head: 'balance', align: 'right', narrow: 'whole' },
  { head: 'to spend', align: 'right', narrow: 'whole' },
  { head: `rewards < ${SETTLED_DEPTH} deep`, align: 'right', narrow: 'whole' },
]

/** `chain wallet show`: what the accounts of a wallet hold, as a node says. */
export async function showWallet(terminal: Terminal, name: string | undefined): Promise<void> {
  const wallet = new Wallets(terminal).choose(name)
  const { api, network } = await openNode(terminal, { check: (network) => void signingOf(terminal, network) })
  try {
    const signing = signingOf(terminal, network)
    const shown: Awaited<ReturnType<typeof lookAt>>[] = []
    for (const account of accountsOf(wallet, signing)) shown.push(await lookAt(api, network, signing, account))
    terminal.result({ network: network.name, wallet: wallet.name, accounts: shown }, () =>
      table(
        terminal,
        COLUMNS,
        shown.map(({ index, address, balance, spendable, unsettled }) => [
          String(index),
          address,
          balance,
          spendable,
          unsettled,
        ]),
      ),
    )
  } finally {
    await api.close()
  }
}

async function lookAt(api: NodeApi, network: Network, signing: Signing, { index, address }: OwnAccount) {
  const { amount: balance, next, length } = await api.balance(address)
  const unsettled = signing.sum(await rewardsAfter(api, network, address, length - SETTLED_DEPTH + 1))
  return { index, address, balance, spendable: next?.amount ?? balance, unsettled, nextNonce: next?.nonce ?? 0 }
}

/** The rewards of an address in the blocks behind a height. */
async function rewardsAfter(api: NodeApi, network: Network, address: string, height: number): Promise<string[]> {
  const rewards: string[] = []
  let before: { height: number; position: number } | undefined
  for (;;) {
    const page = await api.history({ address, limit: PAGE, before })
    for (const { height: at, transaction } of page.transactions) {
      if (at <= height) return rewards
      const { isReward, amount } = network.describeTransaction(transaction)
      if (isReward) rewards.push(amount)
    }
    if (page.next === null) return rewards
    before = page.next
  }
}
