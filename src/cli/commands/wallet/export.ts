import { type Terminal, UsageError } from '../../terminal.js'
import type { PassphraseOptions } from '../../wallets/passphrase.js'
import { unlock } from '../../wallets/unlock.js'
import { Wallets } from '../../wallets/wallets.js'
import { showWords } from '../../wallets/words.js'

export interface ExportWalletOptions extends PassphraseOptions {
  readonly words?: boolean
}

/** `chain wallet export`: the encrypted wallet, for another machine; or its words, for a person who writes them down. */
export async function exportWallet(
  terminal: Terminal,
  { words, ...options }: ExportWalletOptions,
  name: string | undefined,
): Promise<void> {
  const wallet = new Wallets(terminal).choose(name)
  if (!words) {
    const { text } = wallet.keystore
    terminal.result(JSON.parse(text), text.trimEnd())
    return
  }
  if (!terminal.canAsk) {
    throw new UsageError(
      'the words of a wallet are shown to a person on a terminal, and nowhere else',
      'without --words the encrypted wallet is printed, which another machine can restore',
    )
  }
  const { seed } = await unlock(terminal, options, wallet)
  await showWords(terminal, seed.words)
}
