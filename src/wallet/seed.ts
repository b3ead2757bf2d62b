import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { HDKey } from 'micro-key-producer/slip10.js'
import { ed25519PublicKey, signEd25519 } from '#secrets'
import { WalletError } from './wallet-error.js'

/** Bytes of randomness, by how many words say them. */
export const ENTROPY_BYTES = { 12: 16, 24: 32 } as const
export type WordCount = keyof typeof ENTROPY_BYTES

/** So many are derived of a seed: each is a line of a list, and of a file that is read whole. */
export const MAX_ACCOUNTS = 1000

/** One key pair of a seed. */
export interface Account {
  /** Counted from 0. */
  readonly index: number
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** R ‖ S, 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

/** The path of an account, every step hardened, as Ed25519 has no others; coin type 1 is that of all test networks (SLIP-0044). */
export function accountPath(index: number): string {
  return `m/44'/1'/${index}'`
}

/** What all keys of a wallet are derived of, and what its words say. */
export class Seed {
  /** 16 or 32 bytes. */
  readonly entropy: Uint8Array
  /** Derived once: BIP 39 has it cost 2,048 rounds of HMAC-SHA-512. */
  #master: HDKey | undefined

  constructor(entropy: Uint8Array) {
    this.entropy = entropy
  }

  /**
   * Reads words as a person writes them: in any case, with any space between them.
   * @throws WalletError bad-words
   */
  static ofWords(text: string): Seed {
    const words = text.normalize('NFKD').toLowerCase().trim().split(/\s+/)
    if (!(words.length in ENTROPY_BYTES)) {
      const got = words.length === 1 && words[0] === '' ? 0 : words.length
      throw new WalletError('bad-words', `a wallet has 12 or 24 words, these are ${got}`)
    }
    const unknown = words.findIndex((word) => !wordlist.includes(word))
    if (unknown >= 0) {
      const meant = wordlist.filter((word) => word.slice(0, 4) === words[unknown]!.slice(0, 4))
      const hint = meant.length === 0 ? 'all words are English ones, of the list of BIP 39' : `perhaps ${meant[0]}`
      throw new WalletError('bad-words', `word ${unknown + 1} is not on the list`, hint)
    }
    try {
      return new Seed(mnemonicToEntropy(words.join(' '), wordlist))
    } catch {
      const hint = 'look whether one of them is another, or two have changed places'
      throw new WalletError('bad-words', 'the words do not belong together: their checksum is wrong', hint)
    }
  }

  /** BIP 39, English. */
  get words(): string[] {
    return entropyToMnemonic(this.entropy, wordlist).split(' ')
  }

  /** SLIP-0010 for Ed25519, on the seed that BIP 39 makes of the words without a passphrase. @param index counted from 0 */
  account(index: number): Account {
    this.#master ??= HDKey.fromMasterSeed(mnemonicToSeedSync(this.words.join(' ')))
    const { privateKey } = this.#master.derive(accountPath(index))
    return {
      index,
      publicKey: ed25519PublicKey(privateKey),
      sign: (message) => signEd25519(privateKey, message),
    }
  }
}
