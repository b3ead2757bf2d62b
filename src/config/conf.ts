import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type ConfClass from 'conf'
import { SettingsDamaged } from '../primitives/errors.js'
import { readJsonObject } from './json-object.js'
import { makeFolder } from './make-folder.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

const listenersBefore = SIGNALS.map((signal) => process.listeners(signal))

/**
 * The library that keeps settings. With it comes when-exit, which answers a signal by sending it to the process once more: one Ctrl-C
 * would count as two, the second of which ends us before everything is on disk. So what it has listen to signals is taken off.
 */
const Conf: typeof ConfClass = (await import('conf')).default

SIGNALS.forEach((signal, i) => {
  for (const listener of process.listeners(signal)) {
    if (!listenersBefore[i]!.includes(listener)) process.off(signal, listener)
  }
})

/**
 * Opens a JSON file of settings, which is made when something is set; the folder is made at once.
 * @param options `mayBeLost`: what is no JSON object is taken for none; who sets something is to keep it first, see `setAsideDamaged`
 * @throws SettingsDamaged where it is no JSON object: the library would write an empty one over some of what is none
 */
export function openConf<T extends Record<string, unknown>>(
  folder: string,
  name: string,
  { mayBeLost = false } = {},
): ConfClass<T> {
  makeFolder(folder)
  const file = join(folder, `${name}.json`)
  if (!mayBeLost && existsSync(file) && readJsonObject(file) === undefined) {
    throw new SettingsDamaged(`${file} is no JSON object`)
  }
  return new Conf<T>({ cwd: folder, configName: name, projectSuffix: '', clearInvalidConfig: mayBeLost })
}
