import { hash, verify } from 'node:crypto'
import { ReadyKeys } from './ready-keys.js'

/** No state that shows: a key is the same whoever asks, so all nodes of a process share them. */
const READY_KEYS = new ReadyKeys(4096)

/** SHA-256 as 64 hex digits, first byte first. A text is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 as 32 bytes. A text is hashed as UTF-8. */
export function sha256(data: Uint8Array | string): Uint8Array {
  // By way of a text of bytes: that costs half of what a Buffer does, whose slices would share its memory besides.
  const digest = hash('sha256', data, 'binary')
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) bytes[i] = digest.charCodeAt(i)
  return bytes
}

/**
 * The equation of an Ed25519 signature, without cofactor: S < L, and the canonical encoding of S·B − k·A is R, byte by byte, where
 * k = SHA-512(R ‖ A ‖ message) reduced mod L.
 *
 * Of the key nothing is asked but that it is a point: y is taken mod p, the sign of x = 0 is ignored, and a small order will do. Who wants
 * more of a key asks before (`consensus/signature.ts`).
 * @param publicKey A; false unless it has 32 bytes
 * @param signature R ‖ S; false unless it has 64 bytes
 * @see RFC 8032, 5.1.7: its "sufficient, but not required" form of step 3
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  return verify(null, message, READY_KEYS.keyOf(publicKey), signature)
}
