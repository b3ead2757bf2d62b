import { walletFolder } from './paths.js'
import { SettingsFile } from './settings-file.js'

/** What a contact may be called: as wallets are, so that the name of one is no address. */
const CONTACT_NAME = /^[a-z][a-z0-9-]{0,31}$/
/** Of these the library that writes the file keeps nothing: all objects of JavaScript have them. */
const NOT_KEPT = ['constructor', 'prototype']

export function isContactName(name: string): boolean {
  return CONTACT_NAME.test(name) && !NOT_KEPT.includes(name)
}

/** Names for addresses, `contacts.json` beside the wallets. The same person has another address on each network. */
export class Contacts {
  readonly #file: SettingsFile<Record<string, Record<string, string>>>

  constructor(data: string) {
    this.#file = new SettingsFile(walletFolder(data), 'contacts', () => 'remove it, and add the contacts again')
  }

  /** The contacts of a network, by name. @throws SettingsDamaged */
  list(network: string): { readonly name: string; readonly address: string }[] {
    return Object.entries(this.#file.read()).flatMap(([name, addresses]) => {
      const address = addressIn(addresses, network)
      return address === undefined ? [] : [{ name, address }]
    })
  }

  /** All names, of whatever network. @throws SettingsDamaged */
  get names(): string[] {
    return Object.keys(this.#file.read())
  }

  /** @throws SettingsDamaged */
  find(name: string, network: string): string | undefined {
    return addressIn(this.#addresses(name), network)
  }

  async add(name: string, network: string, address: string): Promise<void> {
    await this.#file.write(name, { ...this.#addresses(name), [network]: address })
  }

  /** @returns whether there was one */
  async remove(name: string, network: string): Promise<boolean> {
    const { [network]: removed, ...others } = this.#addresses(name)
    if (removed === undefined) return false
    await this.#file.write(name, Object.keys(others).length === 0 ? undefined : others)
    return true
  }

  #addresses(name: string): Record<string, string> {
    const contacts = this.#file.read()
    const addresses = Object.hasOwn(contacts, name) ? contacts[name] : undefined
    return typeof addresses === 'object' && addresses !== null ? (addresses as Record<string, string>) : {}
  }
}

function addressIn(addresses: unknown, network: string): string | undefined {
  if (typeof addresses !== 'object' || addresses === null || !Object.hasOwn(addresses, network)) return undefined
  const address = (addresses as Record<string, unknown>)[network]
  return typeof address === 'string' ? address : undefined
}
