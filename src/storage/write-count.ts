import { textOf, utf8 } from '../primitives/bytes.js'
import { unsealValue } from './sealed-value.js'

/** How many synced writes there were, in decimal: the only key that is not in `chain/layout.ts`, and before all that are. */
export const COUNT_KEY = Uint8Array.of(0)

/** In a log a batch begins with its sequence number, u64, and the number of its changes, u32. */
const BATCH_HEADER_BYTES = 12
/** A change that sets `COUNT_KEY`: its kind, the length of the key, the key. The length of the value follows, in one byte. */
const SETS_COUNT = Uint8Array.of(1, 1, ...COUNT_KEY)

export function encodeCount(count: number): Uint8Array {
  return utf8(String(count))
}

/**
 * @param sealed as it lies in LevelDB
 * @throws StoreDamaged
 */
export function decodeCount(sealed: Uint8Array | undefined): number {
  return sealed === undefined ? 0 : Number(textOf(unsealValue(COUNT_KEY, sealed)))
}

/** Which synced write a batch in a log is; undefined for one that was not synced. A synced one sets the count first. */
export function countOfBatch(batch: Buffer): number | undefined {
  const valueAt = BATCH_HEADER_BYTES + SETS_COUNT.length + 1
  if (batch.length < valueAt || !batch.subarray(BATCH_HEADER_BYTES, valueAt - 1).equals(SETS_COUNT)) return undefined
  return decodeCount(batch.subarray(valueAt, valueAt + batch[valueAt - 1]!))
}
