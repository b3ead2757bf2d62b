import { Seed } from '../../../wallet/seed.js'
import { WalletError } from '../../../wallet/wallet-error.js'
import { askText } from '../../prompts.js'
import { readSecret } from '../../read-input.js'
import { type Terminal, UsageError } from '../../terminal.js'
import { newPassphrase, type PassphraseOptions } from '../../wallets/passphrase.js'
import { walletNetwork } from '../../wallets/wallet-network.js'
import { DEFAULT_WALLET, keystoreOfFile, Wallets } from '../../wallets/wallets.js'
import { showMade } from './show-made.js'

export interface RestoreOptions extends PassphraseOptions {
  readonly accounts?: number
  readonly wordsFile?: string
  /** An encrypted wallet of another machine. */
  readonly keystore?: string
}

/** `chain wallet restore`: makes a wallet anew, of its words or of its encrypted file. */
export async function restoreWallet(
  terminal: Terminal,
  { accounts, wordsFile, keystore: file, ...options }: RestoreOptions,
  name: string = DEFAULT_WALLET,
): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  const wallets = new Wallets(terminal)
  wallets.requireNew(name)
  if (file !== undefined && (wordsFile !== undefined || accounts !== undefined)) {
    const given = wordsFile === undefined ? '--accounts' : '--words-file'
    throw new UsageError(`the file of --keystore has all of a wallet, and there is no use for ${given}`, 'leave it out')
  }
  if (file !== undefined) {
    // Encrypted as it is: its passphrase stays its own.
    await wallets.add({ name, keystore: await keystoreOfFile(file) })
  } else {
    const seed = wordsFile === undefined ? await askSeed(terminal) : await seedOfFile(terminal, wordsFile)
    await wallets.keep(name, seed, accounts ?? 1, await newPassphrase(terminal, options))
  }
  showMade(terminal, { wallet: wallets.read(name), network, signing, file: wallets.fileOf(name) })
}

async function askSeed(terminal: Terminal): Promise<Seed> {
  const question = 'Its words, in order, with spaces between them:'
  // They stay on no screen.
  const ask = (): Promise<string> => askText(terminal, question, '--words-file FILE', faultOfWords)
  return Seed.ofWords(terminal.canAsk ? await terminal.showWhile('', ask) : await ask())
}

function faultOfWords(text: string): string | undefined {
  try {
    Seed.ofWords(text)
    return undefined
  } catch (error) {
    if (!(error instanceof WalletError)) throw error
    return [error.message, error.hint].filter(Boolean).join(': ')
  }
}

async function seedOfFile(terminal: Terminal, file: string): Promise<Seed> {
  return Seed.ofWords(await readSecret(terminal, file))
}
