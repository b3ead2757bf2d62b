import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, concatBytes, numberToBytesLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'

/** Signatures as no honest signer makes them, put together from points. */

export type Point = InstanceType<typeof ed25519.Point>

export const { BASE, ZERO } = ed25519.Point
/** The order of the base point, and the field (RFC 8032, 5.1). */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n
export const P = 2n ** 255n - 19n

/** A point of order 8: what is left of some point when its part of order L is gone. */
export const T8 = pointOfOrder8()

function pointOfOrder8(): Point {
  for (let y = 2; ; y++) {
    const point = decoded(numberToBytesLE(y, 32))
    if (point === undefined) continue
    // L·Q, as L is no scalar that noble takes.
    const rest = point.multiplyUnsafe(L - 1n).add(point)
    if (!rest.multiplyUnsafe(4n).is0()) return rest
  }
}

/** The multiples of `T8`: all points of small order. */
export const SMALL_ORDER: readonly Point[] = Array.from({ length: 8 }, (_, i) => T8.multiplyUnsafe(BigInt(i)))

/** @returns undefined where RFC 8032, 5.1.3 decodes no point */
export function decoded(encoded: Uint8Array): Point | undefined {
  try {
    return ed25519.Point.fromBytes(encoded, false)
  } catch {
    return undefined
  }
}

/** An encoding of any y below 2^255 and either sign, a point or not. */
export function encoded(y: bigint, sign: 0 | 1): Uint8Array {
  return numberToBytesLE(y + (sign === 1 ? 2n ** 255n : 0n), 32)
}

/** The number that the hash is, which is still to be reduced. */
export function challenge(r: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return bytesToNumberLE(sha512(concatBytes(r, publicKey, message)))
}

export interface Parts {
  /** How often the base point is in A; what else is in it has a small order. */
  readonly secret: bigint
  readonly publicKey: Uint8Array
  /** How often the base point is in R. */
  readonly nonce: bigint
  readonly r: Uint8Array
  readonly message: Uint8Array
}

/** R ‖ S with S = nonce + k·secret: the base point cancels out of the equation, and parts of small order stay as they are. */
export function signatureOf({ secret, publicKey, nonce, r, message }: Parts): Uint8Array {
  const s = (nonce + challenge(r, publicKey, message) * secret) % L
  return concatBytes(r, numberToBytesLE(s, 32))
}

/** The same signature with another S. */
export function withS(signature: Uint8Array, change: (s: bigint) => bigint): Uint8Array {
  const s = bytesToNumberLE(signature.subarray(32))
  return concatBytes(signature.subarray(0, 32), numberToBytesLE(change(s), 32))
}

/** The first of many messages that will do. */
export function messageFor(willDo: (message: Uint8Array) => boolean): Uint8Array {
  for (let i = 0; ; i++) {
    const message = numberToBytesLE(i, 4)
    if (willDo(message)) return message
  }
}

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
