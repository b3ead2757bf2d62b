import { crc32 } from 'node:zlib'
import { concatBytes, hexOf } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'

const CHECKSUM_BYTES = 4

/**
 * A value as it lies in LevelDB: with the CRC-32 of its key and itself in front (big-endian). LevelDB checks its own blocks only on
 * request, and not whether a value is the one of its key.
 */
export function sealValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  return concatBytes([checksum(key, value), value])
}

/** @throws StoreDamaged where it is not what was sealed for that key */
export function unsealValue(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const value = sealed.subarray(CHECKSUM_BYTES)
  const expected = checksum(key, value)
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    if (sealed[i] !== expected[i]) throw new StoreDamaged(`the checksum of record ${nameOfKey(key)} is wrong`)
  }
  return value
}

function checksum(key: Uint8Array, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CHECKSUM_BYTES)
  const ofKey = crc32(key)
  // Of nothing at all zlib may say 0, whatever it began with: an empty array has no address.
  new DataView(bytes.buffer).setUint32(0, value.length === 0 ? ofKey : crc32(value, ofKey))
  return bytes
}

/** The key's letter, and the rest in hex; a key that is damaged itself may begin with anything. */
function nameOfKey(key: Uint8Array): string {
  const letter = /^[A-Za-z]$/.exec(String.fromCharCode(key[0] ?? 0))
  return letter === null ? hexOf(key) : `${letter[0]} ${hexOf(key.subarray(1))}`.trimEnd()
}
