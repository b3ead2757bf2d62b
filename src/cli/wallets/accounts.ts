import { Contacts } from '../../config/contacts.js'
import { dataFolder } from '../../config/paths.js'
import type { Network, Signing } from '../../consensus/network.js'
import { WalletError } from '../../wallet/wallet-error.js'
import { commandLine } from '../command-line.js'
import { type Terminal, UsageError } from '../terminal.js'
import { type Wallet, Wallets } from './wallets.js'

/** An account of a wallet, and its address on a network. */
export interface OwnAccount {
  readonly wallet: Wallet
  /** Counted from 0. */
  readonly index: number
  readonly publicKey: Uint8Array
  readonly address: string
}

/** The accounts of a wallet, on a network. */
export function accountsOf(wallet: Wallet, signing: Signing): OwnAccount[] {
  return wallet.keystore.publicKeys.map((publicKey, index) => ({
    wallet,
    index,
    publicKey,
    address: signing.addressOf(publicKey),
  }))
}

/**
 * The account that pays.
 * @param from a wallet, `main`; an account of it, `main.1`, or of the only wallet, `1`; or its address
 * @throws UsageError
 */
export function ownAccount(terminal: Terminal, signing: Signing, from: string | undefined): OwnAccount {
  const wallets = new Wallets(terminal)
  if (from !== undefined && signing.checkAddress(from) === undefined) {
    const found = wallets.readAll().flatMap((wallet) => accountsOf(wallet, signing))
    const own = found.find(({ address }) => address === from)
    if (own !== undefined) return own
    throw new UsageError(
      `no wallet of yours has the address ${from}`,
      `${commandLine(terminal.options, 'wallet list')} shows them; one that has lost accounts gets them by: chain wallet account`,
    )
  }
  const [name, index] = namedAccount(from)
  const wallet = wallets.choose(name)
  const accounts = accountsOf(wallet, signing)
  const account = accounts[Number(index)]
  if (account !== undefined) return account
  throw new UsageError(
    `wallet ${wallet.name} has no account ${index}: it has ${accounts.length}, counted from 0`,
    `${commandLine(terminal.options, `wallet account ${wallet.name}`)} makes the next one`,
  )
}

/** The first account of the wallet that is meant where none is named; undefined where there is none that can be read, or several. */
export function firstAddress(terminal: Terminal, signing: Signing): string | undefined {
  const wallets = new Wallets(terminal)
  if (wallets.names.length === 0) return undefined
  try {
    return accountsOf(wallets.choose(undefined), signing)[0]!.address
  } catch (error) {
    if (error instanceof UsageError) return undefined
    if (!(error instanceof WalletError)) throw error
    // It keeps nobody from running a node.
    terminal.warn(error.message)
    return undefined
  }
}

/**
 * Whom a person means: an address, a contact, or an account of one's own.
 * @throws UsageError where it is none of them, and the network has addresses of a certain form
 */
export function addressMeant(terminal: Terminal, network: Network, text: string): string {
  const { signing } = network
  if (signing !== undefined && signing.checkAddress(text) === undefined) return text
  const contact = new Contacts(dataFolder(terminal.options.dataDir)).find(text, network.name)
  if (contact !== undefined) return contact
  // Where people are called anything, whatever is written is the address.
  if (signing === undefined) return text
  const { names } = new Wallets(terminal)
  if (names.includes(text.split('.', 1)[0]!)) return ownAccount(terminal, signing, text).address
  const { hint = 'take one as the network has them' } = signing.checkAddress(text)!
  throw new UsageError(
    `${JSON.stringify(text)} is no address of network ${network.name}, and no contact`,
    `${hint}; ${commandLine(terminal.options, 'contacts add NAME ADDRESS')} keeps a name for one`,
  )
}

const ACCOUNT = /^\d{1,3}$/

function namedAccount(from: string | undefined): [wallet: string | undefined, index: string] {
  if (from === undefined) return [undefined, '0']
  if (ACCOUNT.test(from)) return [undefined, from]
  const [wallet, index = '0', ...others] = from.split('.')
  if (ACCOUNT.test(index) && others.length === 0) return [wallet, index]
  throw new UsageError(`${JSON.stringify(from)} names no account`, 'such as main, main.1, or 1 of the only wallet')
}
