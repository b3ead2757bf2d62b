import type { Network, Signing } from '../../../consensus/network.js'
import { hexOf } from '../../../primitives/bytes.js'
import { fields } from '../../table.js'
import type { Terminal } from '../../terminal.js'
import { accountsOf, type OwnAccount } from '../../wallets/accounts.js'
import type { Wallet } from '../../wallets/wallets.js'

/** What is told of a wallet that was made or restored. */
export function showMade(
  terminal: Terminal,
  { wallet, network, signing, file }: { wallet: Wallet; network: Network; signing: Signing; file: string },
): void {
  const accounts = accountsOf(wallet, signing)
  const document = { name: wallet.name, network: network.name, file, accounts: accounts.map(accountDocument) }
  terminal.result(document, () => {
    const { paint } = terminal
    const lines = fields(
      [...accounts.map(({ address }) => ['address', address] as const), ['network', network.name], ['file', file]],
      (label) => `  ${paint.dim(label)}`,
    )
    return `${paint.green('✔')} wallet ${paint.bold(wallet.name)} is ready\n${lines}`
  })
}

export function accountDocument({ index, address, publicKey }: OwnAccount): object {
  return { index, address, publicKey: hexOf(publicKey) }
}
