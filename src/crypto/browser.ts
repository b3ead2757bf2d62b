import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, concatBytes, equalBytes } from '@noble/curves/utils.js'
import { sha256 as digest, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

const { Point } = ed25519
const L = Point.Fn.ORDER

/** SHA-256 as 64 hex digits, first byte first. A text is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(data))
}

/** SHA-256 as 32 bytes. A text is hashed as UTF-8. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return digest(typeof data === 'string' ? utf8ToBytes(data) : data)
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
  const s = bytesToNumberLE(signature.subarray(32))
  if (s >= L) return false
  const key = pointOf(publicKey)
  if (key === undefined) return false
  const r = signature.subarray(0, 32)
  // Reduced before it multiplies: for a key with a part of small order, k and k mod L give different points.
  const k = bytesToNumberLE(sha512(concatBytes(r, publicKey, message))) % L
  // Noble's own `verify` multiplies by the cofactor in all its modes, and so takes signatures that `node:crypto` refuses.
  const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k))
  return equalBytes(expected.toBytes(), r)
}

function pointOf(publicKey: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    // ZIP 215 reads a key as OpenSSL does.
    return Point.fromBytes(publicKey, true)
  } catch {
    return undefined
  }
}
