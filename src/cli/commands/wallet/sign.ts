import { ApiError } from '../../../api/errors.js'
import { isReject } from '../../../consensus/reject.js'
import { hexOf } from '../../../primitives/bytes.js'
import { printJson } from '../../../primitives/json/value.js'
import { askConsent } from '../../prompts.js'
import { type Terminal, UsageError } from '../../terminal.js'
import { accountsOf } from '../../wallets/accounts.js'
import type { PassphraseOptions } from '../../wallets/passphrase.js'
import { readTransaction } from '../../wallets/transaction-file.js'
import { unlock } from '../../wallets/unlock.js'
import { walletNetwork } from '../../wallets/wallet-network.js'
import { Wallets } from '../../wallets/wallets.js'
import { showPayment } from '../show-payment.js'

/** `chain wallet sign`: signs a transaction without asking any node, on a machine that may have no network at all. */
export async function signTransaction(terminal: Terminal, options: PassphraseOptions, file: string): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  const draft = signing.readUnsigned(await readTransaction(file))
  if (isReject(draft)) throw ApiError.ofReject(draft)
  const key = hexOf(draft.publicKey)
  const own = new Wallets(terminal)
    .readAll()
    .flatMap((wallet) => accountsOf(wallet, signing))
    .find(({ publicKey }) => hexOf(publicKey) === key)
  if (own === undefined) {
    throw new UsageError(`no wallet of yours has the key of ${draft.shown.from}`, 'chain wallet list shows yours')
  }
  showPayment(terminal, network, draft.shown)
  await askConsent(terminal, 'sign it')
  const { seed } = await unlock(terminal, options, own.wallet)
  const { transaction } = draft.signed(seed.account(own.index).sign(draft.message))
  terminal.result(printJson(transaction), printJson(transaction))
}
