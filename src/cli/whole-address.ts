import { DEFAULT_PORT } from '../config/options.js'
import { UsageError } from './terminal.js'

/**
 * Refuses half an address: a port alone would be the machine 0.0.19.138, and a host alone would be its port 80, where no node is.
 * @param hint what to write instead of it, with the whole address
 * @throws UsageError
 */
export function requireWhole(text: string, hint: (address: string) => string): void {
  if (/^\d+$/.test(text)) throw new UsageError(`${text} is a port alone`, hint(`http://localhost:${text}`))
  if (/^(http:\/\/)?(\[[\da-f:.]+\]|[\p{L}\p{N}_.-]+):?\/?$/iu.test(text)) {
    const host = text.replace(/:?\/?$/, '')
    throw new UsageError(`${JSON.stringify(text)} names no port`, hint(`${host}:${DEFAULT_PORT}`))
  }
}
