import type ConfClass from 'conf'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

const listenersBefore = SIGNALS.map((signal) => process.listeners(signal))

/**
 * The library that keeps settings. With it comes when-exit, which answers a signal by sending it to the process once more: one Ctrl-C
 * would count as two, the second of which ends us before everything is on disk. So what it has listen to signals is taken off.
 */
export const Conf: typeof ConfClass = (await import('conf')).default

SIGNALS.forEach((signal, i) => {
  for (const listener of process.listeners(signal)) {
    if (!listenersBefore[i]!.includes(listener)) process.off(signal, listener)
  }
})
