import { randomBytes } from 'node:crypto'
import { Contacts } from '../../config/contacts.js'
import { makeFolder } from '../../config/make-folder.js'
import { dataFolder, FOLDER_NAME, walletFolder } from '../../config/paths.js'
import { exclusively, readKeystoreFile, walletFile, walletNames, writeWallet } from '../../storage/wallet-files.js'
import { Keystore, NONCE_BYTES, type Randomness, SALT_BYTES } from '../../wallet/keystore.js'
import { MAX_ACCOUNTS, type Seed } from '../../wallet/seed.js'
import { WalletError } from '../../wallet/wallet-error.js'
import { commandLine } from '../command-line.js'
import { readText } from '../read-input.js'
import { type Terminal, UsageError } from '../terminal.js'

/** What a wallet is called that was given no name. */
export const DEFAULT_WALLET = 'main'

/** A wallet as it lies on the disk: locked. */
export interface Wallet {
  readonly name: string
  readonly keystore: Keystore
}

/** The wallets of this machine's user. */
export class Wallets {
  readonly #terminal: Terminal
  readonly #folder: string

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#folder = walletFolder(dataFolder(terminal.options.dataDir))
  }

  get names(): string[] {
    return walletNames(this.#folder).filter((name) => FOLDER_NAME.test(name))
  }

  fileOf(name: string): string {
    return walletFile(this.#folder, name)
  }

  /** @throws WalletError keystore-damaged, UsageError where there is none */
  read(name: string): Wallet {
    requireWalletName(name)
    try {
      return { name, keystore: Keystore.parse(readKeystoreFile(this.fileOf(name))) }
    } catch (error) {
      if (error instanceof WalletError) throw new WalletError(error.code, error.message, this.#wayOutOf(name))
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw this.#noWallet(name)
      throw error
    }
  }

  /** All that can be read; of others a warning tells. */
  readAll(): Wallet[] {
    const others = walletNames(this.#folder).filter((name) => !FOLDER_NAME.test(name))
    for (const name of others) this.#terminal.warn(`no wallet can be called so: ${this.fileOf(name)}`)
    return this.names.flatMap((name) => {
      try {
        return [this.read(name)]
      } catch (error) {
        if (!(error instanceof Error)) throw error
        this.#terminal.warn(`wallet ${name}: ${error.message}`)
        return []
      }
    })
  }

  /**
   * The wallet of a name; without one the only one, or the one that was given no name.
   * @throws UsageError, WalletError keystore-damaged
   */
  choose(name: string | undefined): Wallet {
    if (name !== undefined) return this.read(name)
    const { names } = this
    if (names.length === 1) return this.read(names[0]!)
    if (names.includes(DEFAULT_WALLET)) return this.read(DEFAULT_WALLET)
    if (names.length === 0) throw this.#noWallet()
    throw new UsageError('there are several wallets, and none was named', `name one of: ${names.join(', ')}`)
  }

  /** @throws UsageError where there is one of this name */
  requireNew(name: string): void {
    requireWalletName(name)
    if (this.names.includes(name)) throw this.#isThere(name)
    if (new Contacts(dataFolder(this.#terminal.options.dataDir)).names.includes(name)) {
      const another = commandLine(this.#terminal.options, `${this.#terminal.command} NAME`)
      throw new UsageError(`${name} is a contact, and whoever pays ${name} means that`, `${another}, with another name`)
    }
  }

  /** Encrypts a seed under a passphrase, and keeps it as a new wallet. @throws UsageError where there is one of this name */
  async keep(name: string, seed: Seed, accounts: number, passphrase: string): Promise<void> {
    await this.add({ name, keystore: await Keystore.seal(seed, accounts, passphrase, newRandomness()) })
  }

  /** Keeps a new wallet. @throws UsageError where there is one of this name */
  async add({ name, keystore }: Wallet): Promise<void> {
    await this.exclusively(async () => {
      // Somebody may have given the name to a contact while the passphrase was typed.
      this.requireNew(name)
      if (!writeWallet(this.#folder, name, keystore.text)) throw this.#isThere(name)
    })
  }

  /** Adds the next account to a wallet, as it is by then. */
  addAccount(name: string, seed: Seed, passphrase: string): Promise<Wallet> {
    return this.exclusively(async () => {
      const accounts = this.read(name).keystore.publicKeys.length + 1
      if (accounts > MAX_ACCOUNTS) throw new UsageError(`a wallet has at most ${MAX_ACCOUNTS} accounts`)
      const keystore = await Keystore.seal(seed, accounts, passphrase, newRandomness())
      writeWallet(this.#folder, name, keystore.text, { replace: true })
      return { name, keystore }
    })
  }

  /** Does something while no other command changes a wallet or a contact, or pays. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    makeFolder(this.#folder)
    return exclusively(this.#folder, work)
  }

  #noWallet(name?: string): UsageError {
    const { names } = this
    const { options } = this.#terminal
    const make = commandLine(options, 'wallet new')
    if (name === undefined || names.length === 0) {
      return new UsageError('there is no wallet yet', `${make} makes one; wallet restore, of words that you have`)
    }
    return new UsageError(`there is no wallet ${name}`, `those that are there: ${names.join(', ')}`)
  }

  /** What to do about one that is damaged. */
  #wayOutOf(name: string): string {
    const restore = commandLine(this.#terminal.options, `wallet restore ${name}`)
    return `move ${this.fileOf(name)} away, and have it made anew, of its words: ${restore}`
  }

  #isThere(name: string): UsageError {
    const another = commandLine(this.#terminal.options, `${this.#terminal.command} NAME`)
    try {
      this.read(name)
    } catch (error) {
      if (error instanceof WalletError) {
        return new UsageError(`there is a wallet ${name} already, and it is damaged`, error.hint)
      }
    }
    return new UsageError(`there is a wallet ${name} already, and it stays as it is`, `${another}, with another name`)
  }
}

/** A keystore of a file that somebody names. @throws UsageError, WalletError keystore-damaged */
export async function keystoreOfFile(file: string): Promise<Keystore> {
  return Keystore.parse(await readText(file))
}

function requireWalletName(name: string): void {
  if (FOLDER_NAME.test(name)) return
  throw new UsageError(`${JSON.stringify(name)} cannot name a wallet`, 'use up to 64 small letters, digits and dashes')
}

function newRandomness(): Randomness {
  return { salt: randomBytes(SALT_BYTES), nonce: randomBytes(NONCE_BYTES) }
}
