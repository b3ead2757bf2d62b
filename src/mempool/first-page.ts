import type { IdentifiedTransaction } from '../consensus/rules.js'

/** What is shown of the pool at once may weigh so much, unless it is a single one. */
const PAGE_BYTES = 1024 * 1024

/** The first of some transactions, encoded: `limit` at most, fewer where they are large, but one if there is one. */
export function firstPage(pending: readonly IdentifiedTransaction[], limit: number): Uint8Array[] {
  const first: Uint8Array[] = []
  let room = PAGE_BYTES
  for (const { encoded } of pending.slice(0, limit)) {
    room -= encoded.length
    if (room < 0 && first.length > 0) break
    first.push(encoded)
  }
  return first
}
