import { crc32 } from 'node:zlib'
import { hexOf } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'

const CHECKSUM_BYTES = 4

/**
 * A value as it lies in LevelDB: with the CRC-32 of its key and itself in front (big-endian). LevelDB checks its own blocks only on
 * request, and not whether a value is the one of its key.
 */
export function sealValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(CHECKSUM_BYTES + value.length)
  const sum = checksum(key, value)
  for (let i = 0; i < CHECKSUM_BYTES; i++) sealed[i] = byteOf(sum, i)
  sealed.set(value, CHECKSUM_BYTES)
  return sealed
}

/** @throws StoreDamaged where it is not what was sealed for that key */
export function unsealValue(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const value = sealed.subarray(CHECKSUM_BYTES)
  const expected = checksum(key, value)
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    if (sealed[i] !== byteOf(expected, i)) throw new StoreDamaged(`the checksum of record ${nameOfKey(key)} is wrong`)
  }
  return value
}

function checksum(key: Uint8Array, value: Uint8Array): number {
  const ofKey = crc32(key)
  // Of nothing at all zlib may say 0, whatever it began with: an empty array has no address.
  return value.length === 0 ? ofKey : crc32(value, ofKey)
}

/** Big-endian. */
function byteOf(sum: number, i: number): number {
  return (sum >>> (8 * (CHECKSUM_BYTES - 1 - i))) & 0xff
}

/** The key's letter, and the rest in hex; a key that is damaged itself may begin with anything. */
function nameOfKey(key: Uint8Array): string {
  const letter = /^[A-Za-z]$/.exec(String.fromCharCode(key[0] ?? 0))
  return letter === null ? hexOf(key) : `${letter[0]} ${hexOf(key.subarray(1))}`.trimEnd()
}
