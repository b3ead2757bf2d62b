import { sha256 as digest } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** SHA-256 as 64 hex digits, first byte first. A text is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(data))
}

/** SHA-256 as 32 bytes. A text is hashed as UTF-8. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return digest(typeof data === 'string' ? utf8ToBytes(data) : data)
}
