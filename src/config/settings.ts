import { randomUUID } from 'node:crypto'
import type { SettingsDamaged } from '../primitives/errors.js'
import type { DefaultName, Defaults } from './defaults.js'
import { FOLDER_NAME } from './paths.js'
import { SettingsFile } from './settings-file.js'

/** Settings of one node, `config.json` in its home. Each is read from the file when it is asked for. */
export class HomeSettings {
  readonly #file: SettingsFile<{ identity: string; begun: boolean }>

  constructor(folder: string) {
    this.#file = new SettingsFile(folder, 'config', anotherIdentity)
  }

  /** That a node whose chain is there has no identity any more. */
  identityLost(): SettingsDamaged {
    return this.#file.damaged('has lost the identity of the node, whose chain is there')
  }

  /** Whom the rewards of the node go to. @throws SettingsDamaged */
  get identity(): string | undefined {
    return identityIn(this.#file)
  }

  /**
   * Gives a node that has none its identity, a UUID4 without dashes. To be asked for by the process that holds the home's store alone, or
   * two that begin a home at the same time would each have one of their own.
   */
  makeIdentity(): Promise<string> {
    return makeIdentityIn(this.#file)
  }

  /** Whether the node has a chain, so that a store without one has lost it. @throws SettingsDamaged */
  get begun(): boolean {
    return this.#file.read().begun === true
  }

  async setBegun(begun: boolean): Promise<void> {
    await this.#file.write('begun', begun)
  }
}

/** The identity with which this machine's user pays where the node has none of its own to lend: on a plain Python node. */
export async function walletIdentity(folder: string): Promise<string> {
  const file = new SettingsFile<{ identity: string }>(folder, 'tutorial', anotherIdentity)
  return identityIn(file) ?? makeIdentityIn(file)
}

/** Which home a command takes when none is named and none is running. */
export interface LastHome {
  readonly network: string
  readonly name: string
}

/** It is no loss where that cannot be read. */
export function readLastHome(data: string): LastHome | undefined {
  const { lastHome } = programSettings(data).read()
  if (typeof lastHome !== 'object' || lastHome === null) return undefined
  const { network, name } = lastHome as Partial<Record<keyof LastHome, unknown>>
  return isFolderName(network) && isFolderName(name) ? { network, name } : undefined
}

/** @param home undefined to have none, as at first */
export async function writeLastHome(data: string, home: LastHome | undefined): Promise<void> {
  await programSettings(data).write('lastHome', home)
}

/** Sets what stands in for an option that is not typed. @param value undefined to have it as the program has it */
export async function writeDefault(data: string, name: DefaultName, value: string | number | undefined): Promise<void> {
  const file = programSettings(data)
  const { [name]: _, ...others } = (file.read().defaults ?? {}) as Defaults
  await file.write('defaults', value === undefined ? others : { ...others, [name]: value })
}

function programSettings(data: string): SettingsFile<{ lastHome: LastHome; defaults: Defaults }> {
  return new SettingsFile(data, 'config', undefined)
}

function isFolderName(value: unknown): value is string {
  return typeof value === 'string' && FOLDER_NAME.test(value)
}

function anotherIdentity(): string {
  return `write {"identity": "${newIdentity()}"} into it, a new recipient of the rewards`
}

/** Random, a UUID4 without dashes, as the tutorial has it. */
function newIdentity(): string {
  return randomUUID().replaceAll('-', '')
}

function identityIn(file: SettingsFile<{ identity: string }>): string | undefined {
  const { identity } = file.read()
  return typeof identity === 'string' && identity !== '' ? identity : undefined
}

async function makeIdentityIn(file: SettingsFile<{ identity: string }>): Promise<string> {
  const made = newIdentity()
  await file.write('identity', made)
  return made
}
