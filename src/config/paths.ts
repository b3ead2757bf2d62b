import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import envPaths from 'env-paths'
import { HomelessUser } from '../primitives/errors.js'

/** Names of networks and nodes name folders too. */
export const FOLDER_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/

/**
 * Where everything is kept: `--data-dir`, or what the system provides for that (on Linux $XDG_DATA_HOME/chain).
 * @throws HomelessUser
 */
export function dataFolder(chosen: string | undefined): string {
  if (chosen !== undefined) return chosen
  const { data } = envPaths('chain', { suffix: '' })
  // A relative path in $XDG_DATA_HOME is to be ignored (XDG Base Directory Specification), and so is one in $HOME.
  return isAbsolute(data) ? data : join(ownHome(), '.local', 'share', 'chain')
}

function ownHome(): string {
  try {
    const home = [homedir(), userInfo().homedir].find(isAbsolute)
    if (home !== undefined) return home
  } catch {
    // In a container a user may have a number and no more.
  }
  throw new HomelessUser()
}

/** What one node keeps: settings, store, and who runs it. */
export function homeFolder(data: string, network: string, name: string): string {
  return join(data, network, name)
}

/** Definitions of networks of one's own; no network can have its name. */
export function networksFolder(data: string): string {
  return join(data, 'networks')
}

/** Keys and identities of people; beside the homes, not in them, as no node needs them. */
export function walletFolder(data: string): string {
  return join(data, 'wallets')
}
