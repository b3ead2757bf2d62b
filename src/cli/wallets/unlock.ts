import type { Seed } from '../../wallet/seed.js'
import { WalletError } from '../../wallet/wallet-error.js'
import type { Terminal } from '../terminal.js'
import { isTyped, knownPassphrase, type PassphraseOptions } from './passphrase.js'
import type { Wallet } from './wallets.js'

/** Whoever types a passphrase may err. */
const TRIES = 3

/**
 * Opens a wallet with the passphrase of a person, who is asked three times, or of a file.
 * @throws WalletError wrong-passphrase, UsageError where nobody can be asked
 */
export async function unlock(
  terminal: Terminal,
  options: PassphraseOptions,
  { name, keystore }: Wallet,
): Promise<{ seed: Seed; passphrase: string }> {
  for (let attempt = 1; ; attempt++) {
    const passphrase = await knownPassphrase(terminal, options, name)
    try {
      return { seed: await keystore.open(passphrase), passphrase }
    } catch (error) {
      const isWrong = error instanceof WalletError && error.code === 'wrong-passphrase'
      if (!isWrong || !isTyped(terminal, options) || attempt === TRIES) throw error
      terminal.warn(error.message)
    }
  }
}
