import type { UnixSeconds } from '../primitives/time.js'

const HEAD_BYTES = 8

/** A pending transaction as it is stored where they expire: when it arrived, as an IEEE double, the highest byte first; then itself. */
export function encodePending({ arrivedAt, encoded }: { arrivedAt: UnixSeconds; encoded: Uint8Array }): Uint8Array {
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
