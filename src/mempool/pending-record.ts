import { pendingKey } from '../chain/layout.js'
import type { StoreChange } from '../chain/store.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { Entry } from './entry.js'
import type { PendingAccounts } from './pending-accounts.js'

const HEAD_BYTES = 8

/** A pending transaction as it is stored where they expire: when it arrived, as an IEEE double, the highest byte first; then itself. */
function encodePending({ arrivedAt, encoded }: { arrivedAt: UnixSeconds; encoded: Uint8Array }): Uint8Array {
  const value = new Uint8Array(HEAD_BYTES + encoded.length)
  new DataView(value.buffer).setFloat64(0, arrivedAt)
  value.set(encoded, HEAD_BYTES)
  return value
}

export function decodePending(value: Uint8Array): { arrivedAt: UnixSeconds; encoded: Uint8Array } {
  return {
    arrivedAt: new DataView(value.buffer, value.byteOffset).getFloat64(0),
    encoded: value.slice(HEAD_BYTES),
  }
}

/** What is to be stored, and what removed, for one to become the other. */
export function changesBetween(before: PendingAccounts, after: PendingAccounts): StoreChange[] {
  const kept = new Map<number, Entry>(Array.from(after.entries, (entry) => [entry.sequence, entry]))
  const changes: StoreChange[] = []
  for (const { sequence } of before.entries) if (!kept.has(sequence)) changes.push({ key: pendingKey(sequence) })
  for (const entry of after.entries) {
    if (before.withId(entry.id)?.sequence !== entry.sequence) {
      changes.push({ key: pendingKey(entry.sequence), value: encodePending(entry) })
    }
  }
  return changes
}
