import type { MiningProgress } from '../api/schemas.js'
import { counted, duration, grouped } from './text.js'

/** One line on a search. Never what is left: work has no memory, and the expectation stays the same. */
export function describeSearch({ hashes, elapsedMs, expectedHashes }: MiningProgress): string {
  const average = `on average ${grouped(expectedHashes)}`
  if (hashes === 0 || elapsedMs <= 0) return `searching; ${average}`
  const rate = hashes / (elapsedMs / 1000)
  return `searching: ${counted(hashes, 'hash')}, ${grouped(rate)}/s; ${average} (${duration((expectedHashes / rate) * 1000)})`
}
