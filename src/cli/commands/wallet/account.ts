import type { Terminal } from '../../terminal.js'
import { accountsOf } from '../../wallets/accounts.js'
import type { PassphraseOptions } from '../../wallets/passphrase.js'
import { unlock } from '../../wallets/unlock.js'
import { walletNetwork } from '../../wallets/wallet-network.js'
import { Wallets } from '../../wallets/wallets.js'
import { accountDocument } from './show-made.js'

/** `chain wallet account`: one more account of a wallet's words. */
export async function addAccount(
  terminal: Terminal,
  options: PassphraseOptions,
  name: string | undefined,
): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  const wallets = new Wallets(terminal)
  const wallet = wallets.choose(name)
  const { seed, passphrase } = await unlock(terminal, options, wallet)
  const kept = await wallets.addAccount(wallet.name, seed, passphrase)
  const account = accountsOf(kept, signing).at(-1)!
  const { paint } = terminal
  terminal.result(
    { network: network.name, wallet: wallet.name, ...accountDocument(account) },
    `${paint.green('✔')} account ${paint.bold(`${wallet.name}.${account.index}`)}\n  ${account.address}`,
  )
}
