import type ConfClass from 'conf'
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

/** Opens a JSON file of settings, which is made when something is set; the folder is made at once. */
export function openConf<T extends Record<string, unknown>>(folder: string, name: string): ConfClass<T> {
  makeFolder(folder)
  return new Conf<T>({ cwd: folder, configName: name, projectSuffix: '' })
}
