import type { Network, Signing } from '../../consensus/network.js'
import { commandLine } from '../command-line.js'
import { networkOf, presumedNetwork } from '../nodes/choose-home.js'
import { type Terminal, UsageError } from '../terminal.js'

/** Whose addresses are shown where no network is named, and the node that is meant is of one without wallets. */
const DEFAULT_SIGNED_NETWORK = 'secure'

/** The network whose addresses a command of the wallet shows: the one that is named, that of the node that is running or was used last, or `secure`. */
export function walletNetwork(terminal: Terminal): { network: Network; signing: Signing } {
  const { options } = terminal
  if (options.network !== undefined) {
    const network = networkOf(options, options.network)
    return { network, signing: signingOf(terminal, network) }
  }
  const network = lastOf(terminal, presumedNetwork(options))
  return { network, signing: network.signing! }
}

/** @throws UsageError where nothing is signed */
export function signingOf({ options }: Terminal, { name, signing }: Network): Signing {
  if (signing !== undefined) return signing
  throw new UsageError(
    `on network ${name} nothing is signed, so no wallet is needed: the node's identity pays and is paid`,
    `${commandLine(options, 'send --to ADDRESS --amount NUMBER')}; or --network ${DEFAULT_SIGNED_NETWORK}`,
  )
}

function lastOf({ options }: Terminal, name: string | undefined): Network {
  try {
    const last = networkOf(options, name)
    if (last.signing !== undefined) return last
  } catch (error) {
    // Its definition may have been removed: then it is not the one that is meant.
    if (!(error instanceof UsageError)) throw error
  }
  return networkOf(options, DEFAULT_SIGNED_NETWORK)
}
