import { fields } from '../../table.js'
import type { Terminal } from '../../terminal.js'
import { ownAccount } from '../../wallets/accounts.js'
import { walletNetwork } from '../../wallets/wallet-network.js'

/** `chain wallet receive`: an address for who pays, as text and as a QR code. */
export async function receive(terminal: Terminal, account: string | undefined): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  const { wallet, index, address } = ownAccount(terminal, signing, account)
  terminal.result({ network: network.name, wallet: wallet.name, account: index, address }, address)
  // Beside the result: what is piped elsewhere is the address alone.
  if (terminal.options.json || terminal.options.quiet || process.stderr.isTTY !== true) return
  const { default: qr } = await import('qrcode-terminal')
  qr.generate(address, { small: true }, (code) => process.stderr.write(`${code}\n`))
  terminal.note(
    fields(
      [
        ['network', network.name],
        ['wallet', `${wallet.name}.${index}`],
      ],
      (label) => label,
    ).split('\n'),
  )
}
