import { EXIT } from './exit-codes.js'
import { Interrupted } from './terminal.js'

/**
 * A signal that Ctrl-C or a request to end aborts. The second one ends the process at once.
 * @returns also a function that gives the signals back
 */
export function onInterrupt(): { signal: AbortSignal; release(): void } {
  const interrupt = new AbortController()
  const listener = (): void => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
    interrupt.abort(new Interrupted())
  }
  process.on('SIGINT', listener).on('SIGTERM', listener)
  return { signal: interrupt.signal, release: () => process.off('SIGINT', listener).off('SIGTERM', listener) }
}
