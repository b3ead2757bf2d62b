import { randomBytes, randomInt } from 'node:crypto'
import { ENTROPY_BYTES, Seed, type WordCount } from '../../../wallet/seed.js'
import { commandLine } from '../../command-line.js'
import { askText } from '../../prompts.js'
import type { Terminal } from '../../terminal.js'
import { newPassphrase, type PassphraseOptions } from '../../wallets/passphrase.js'
import { walletNetwork } from '../../wallets/wallet-network.js'
import { DEFAULT_WALLET, Wallets } from '../../wallets/wallets.js'
import { showWords } from '../../wallets/words.js'
import { showMade } from './show-made.js'

export interface NewWalletOptions extends PassphraseOptions {
  readonly words: WordCount
}

/** Of the words so many are asked back. */
const ASKED_BACK = 3

/** `chain wallet new`: makes a wallet; on a terminal its words are shown, once. */
export async function newWallet(
  terminal: Terminal,
  { words: count, ...options }: NewWalletOptions,
  name: string = DEFAULT_WALLET,
): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  const wallets = new Wallets(terminal)
  wallets.requireNew(name)
  const passphrase = await newPassphrase(terminal, options)
  const seed = new Seed(new Uint8Array(randomBytes(ENTROPY_BYTES[count])))
  if (terminal.canAsk) await haveWrittenDown(terminal, seed)
  await wallets.keep(name, seed, 1, passphrase)
  showMade(terminal, { wallet: wallets.read(name), network, signing, file: wallets.fileOf(name) })
  if (terminal.canAsk) return
  const look = commandLine(terminal.options, `wallet export ${name} --words`)
  terminal.note(`its words are the only copy there is: write them down, on a terminal, from ${look}`)
}

async function haveWrittenDown(terminal: Terminal, seed: Seed): Promise<void> {
  const { words } = seed
  for (let why: string | undefined; ; why = 'That was another word: here they are once more.') {
    await showWords(terminal, words, why)
    // Nor do those stay on the screen that are typed.
    if (await terminal.showWhile('', () => areKnown(terminal, words))) return
  }
}

async function areKnown(terminal: Terminal, words: readonly string[]): Promise<boolean> {
  for (const i of somePlaces(words.length)) {
    const word = await askText(terminal, `Word ${i + 1}?`, 'a terminal')
    if (word.trim().toLowerCase() !== words[i]) return false
  }
  return true
}

/** Some of the places from 0 on, in their order. */
function somePlaces(count: number): number[] {
  const places = new Set<number>()
  while (places.size < ASKED_BACK) places.add(randomInt(count))
  return [...places].sort((a, b) => a - b)
}
