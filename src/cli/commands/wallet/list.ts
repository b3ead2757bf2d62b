import { commandLine } from '../../command-line.js'
import { type Column, table } from '../../table.js'
import type { Terminal } from '../../terminal.js'
import { accountsOf } from '../../wallets/accounts.js'
import { walletNetwork } from '../../wallets/wallet-network.js'
import { Wallets } from '../../wallets/wallets.js'
import { accountDocument } from './show-made.js'

const COLUMNS: readonly Column[] = [
  { head: 'wallet' },
  { head: 'account', align: 'right' },
  { head: 'address', narrow: 'whole' },
]

/** `chain wallet list`: all wallets of this machine's user, and their addresses. */
export async function listWallets(terminal: Terminal): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  const all = new Wallets(terminal)
  const wallets = all.readAll().map((wallet) => ({ wallet, accounts: accountsOf(wallet, signing) }))
  const document = {
    network: network.name,
    wallets: wallets.map(({ wallet: { name }, accounts }) => ({ name, accounts: accounts.map(accountDocument) })),
  }
  terminal.result(document, () => {
    if (wallets.length === 0) return all.names.length === 0 ? 'no wallet yet' : 'no wallet that could be read'
    const rows = wallets.flatMap(({ wallet: { name }, accounts }) =>
      accounts.map(({ index, address }) => [name, String(index), address]),
    )
    return table(terminal, COLUMNS, rows)
  })
  if (all.names.length === 0) terminal.note(`${commandLine(terminal.options, 'wallet new')} makes one`)
  else terminal.note(`addresses of network ${network.name}; another one with --network NAME`)
}
