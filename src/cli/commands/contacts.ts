import { Contacts, isContactName } from '../../config/contacts.js'
import { dataFolder } from '../../config/paths.js'
import { rejectText } from '../../consensus/reject.js'
import { commandLine } from '../command-line.js'
import { type Column, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { harmless, shortened } from '../text.js'
import { walletNetwork } from '../wallets/wallet-network.js'
import { Wallets } from '../wallets/wallets.js'

const COLUMNS: readonly Column[] = [{ head: 'name' }, { head: 'address', narrow: 'whole' }]

/** `chain contacts add`: a name for an address. */
export async function addContact(terminal: Terminal, name: string, address: string): Promise<void> {
  const { network, signing } = walletNetwork(terminal)
  if (!isContactName(name)) {
    throw new UsageError(
      `${JSON.stringify(shortened(name, 40))} cannot name a contact`,
      'use a small letter, and up to 31 small letters, digits and dashes behind it',
    )
  }
  const refusal = signing.checkAddress(address)
  if (refusal !== undefined) throw new UsageError(rejectText(refusal), refusal.hint)
  const wallets = new Wallets(terminal)
  const contacts = new Contacts(dataFolder(terminal.options.dataDir))
  await wallets.exclusively(async () => {
    if (wallets.names.includes(name)) {
      throw new UsageError(`${name} is a wallet of yours`, 'take another name: that one pays the wallet')
    }
    const before = contacts.find(name, network.name)
    if (before !== undefined && before !== address) {
      const remove = commandLine(terminal.options, `contacts remove ${name}`)
      throw new UsageError(`${name} is ${before} already`, `${remove}, if it is to be another one`)
    }
    await contacts.add(name, network.name, address)
  })
  const { paint } = terminal
  terminal.result(
    { name, address, network: network.name },
    `${paint.green('✔')} ${paint.bold(name)} is ${address} on network ${network.name}`,
  )
}

/** `chain contacts list`: the names there are. */
export async function listContacts(terminal: Terminal): Promise<void> {
  const { network } = walletNetwork(terminal)
  const contacts = new Contacts(dataFolder(terminal.options.dataDir)).list(network.name)
  terminal.result({ network: network.name, contacts }, () =>
    contacts.length === 0
      ? `no contacts on network ${network.name} yet`
      : table(
          terminal,
          COLUMNS,
          contacts.map(({ name, address }) => [harmless(name), harmless(address)]),
        ),
  )
}

/** `chain contacts remove`: forgets a name. */
export async function removeContact(terminal: Terminal, name: string): Promise<void> {
  const { network } = walletNetwork(terminal)
  const contacts = new Contacts(dataFolder(terminal.options.dataDir))
  if (!(await new Wallets(terminal).exclusively(() => contacts.remove(name, network.name)))) {
    const list = commandLine(terminal.options, 'contacts list')
    throw new UsageError(`there is no contact ${name} on network ${network.name}`, `${list} shows them`)
  }
  const { paint } = terminal
  terminal.result({ removed: name, network: network.name }, `${paint.green('✔')} ${name} is forgotten`)
}
