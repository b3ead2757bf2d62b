import type { Network } from '../../consensus/network.js'
import { commandLine } from '../command-line.js'
import { type Terminal, UsageError } from '../terminal.js'

/**
 * Whose address a command is about: the one that is given, as a person may write it; else one's own.
 * @param identity who the node is, where people are named by anything
 * @throws UsageError
 */
export async function meantAddress(
  terminal: Terminal,
  { network, identity }: { network: Network; identity: string },
  given: string | undefined,
): Promise<string> {
  if (given === undefined && network.signing === undefined) return identity
  return (await addressOrNone(terminal, network, given)) ?? refuseNobody(terminal, network)
}

/** The first address of one's wallet. @throws UsageError where there is none */
export async function ownAddress(terminal: Terminal, network: Network): Promise<string> {
  return (await addressOrNone(terminal, network, undefined)) ?? refuseNobody(terminal, network)
}

/** The same; undefined where none is given, and there is no wallet whose first address could be meant. */
export async function addressOrNone(
  terminal: Terminal,
  network: Network,
  given: string | undefined,
): Promise<string | undefined> {
  if (given === undefined && network.signing === undefined) return undefined
  // Loaded here: it brings what opens wallets.
  const { addressMeant, firstAddress } = await import('./accounts.js')
  if (given !== undefined) return addressMeant(terminal, network, given)
  return firstAddress(terminal, network.signing!)
}

/** Whether there is one, be it that none of them is meant, or that it cannot be read. */
export async function hasWallets(terminal: Terminal): Promise<boolean> {
  const { Wallets } = await import('./wallets.js')
  return new Wallets(terminal).names.length > 0
}

function refuseNobody({ options }: Terminal, { name }: Network): never {
  throw new UsageError(
    'no address was named, and there is no one wallet whose first could be meant',
    `${commandLine(options, 'wallet new')} makes a wallet; or name an address of network ${name}`,
  )
}
