import { randomUUID } from 'node:crypto'
import { openConf } from './conf.js'
import type { DefaultName, Defaults } from './defaults.js'
import { setAsideDamaged } from './json-object.js'
import { FOLDER_NAME } from './paths.js'

/** Settings of one node, `config.json` in its home. */
export interface HomeSettings {
  readonly file: string
  /**
   * Whom the rewards of this node go to: a UUID4 without dashes, made when it is first asked for. To be asked for by the process that
   * holds the home's store alone, or two that begin a home at the same time would each have one of their own.
   */
  identity(): string
  readonly hasIdentity: boolean
  /** Whether the node has a chain, so that a store without one has lost it. */
  begun: boolean
}

/**
 * Opens a home's settings.
 * @throws SettingsDamaged
 */
export function openHomeSettings(folder: string): HomeSettings {
  const conf = openConf<{ identity: string; begun: boolean }>(folder, 'config')
  return {
    file: conf.path,
    identity: () => identityIn(conf),
    get hasIdentity() {
      return isIdentity(conf.get('identity'))
    },
    get begun() {
      return conf.get('begun') === true
    },
    set begun(begun) {
      conf.set('begun', begun)
    },
  }
}

/** The identity with which this machine's user pays where the node has none of its own to lend: on a plain Python node. */
export function walletIdentity(folder: string): string {
  const conf = openConf<{ identity: string }>(folder, 'tutorial')
  return identityIn(conf)
}

/** Which home a command takes when none is named and none is running. It is no loss where that cannot be read. */
export function openLastHome(data: string): {
  get(): { network: string; name: string } | undefined
  set(home: { network: string; name: string } | undefined): void
} {
  const conf = openConf<{ lastHome: { network: string; name: string } }>(data, 'config', { mayBeLost: true })
  return {
    get: () => {
      const { network, name } = conf.get('lastHome') ?? {}
      return isFolderName(network) && isFolderName(name) ? { network, name } : undefined
    },
    set: (home) => {
      setAsideDamaged(conf.path)
      if (home === undefined) conf.delete('lastHome')
      else conf.set('lastHome', home)
    },
  }
}

function isFolderName(value: unknown): value is string {
  return typeof value === 'string' && FOLDER_NAME.test(value)
}

/** Sets what stands in for an option that is not typed. @param value undefined to have it as the program has it */
export function writeDefault(data: string, name: DefaultName, value: string | number | undefined): void {
  const conf = openConf<{ defaults: Defaults }>(data, 'config', { mayBeLost: true })
  setAsideDamaged(conf.path)
  const { [name]: _, ...others } = conf.get('defaults', {})
  conf.set('defaults', value === undefined ? others : { ...others, [name]: value })
}

function identityIn(conf: {
  get(key: 'identity'): string | undefined
  set(key: 'identity', value: string): void
}): string {
  const known = conf.get('identity')
  if (isIdentity(known)) return known
  const made = randomUUID().replaceAll('-', '')
  conf.set('identity', made)
  return made
}

function isIdentity(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
