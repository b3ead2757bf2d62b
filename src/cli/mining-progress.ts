import type { MiningProgress } from '../api/node-api.js'
import { counted, duration, grouped } from './text.js'

/** One line on a search. Never what is left: work has no memory, and the expectation stays the same. */
export function describeSearch({ hashes, elapsedMs, expectedHashes }: MiningProgress): string {
  if (hashes === undefined || expectedHashes === undefined) return `searching for a proof, ${duration(elapsedMs)}`
  const rate = elapsedMs > 0 ? hashes / (elapsedMs / 1000) : 0
  const average = rate > 0 ? `, ${duration((expectedHashes / rate) * 1000)} at this rate` : ''
  return `searching for a proof: ${counted(hashes, 'hash')}, ${grouped(rate)}/s; on average it takes ${grouped(expectedHashes)}${average}`
}
