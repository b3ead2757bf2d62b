import { sha256 } from '#crypto'
import { bytesOfHex, hexOf } from '../../primitives/bytes.js'

/** 32 zero bytes: the root of a block without transactions, and the block before the first. */
export const ZERO_HASH = new Uint8Array(32)

/** SHA-256 twice, 32 bytes in the order in which they are hashed further. */
export function sha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes))
}

/** A hash as Bitcoin shows it: 64 hex digits, the last byte first. */
export function shownHash(hash: Uint8Array): string {
  return hexOf(hash.toReversed())
}

/** @param hex 64 hex digits, the last byte first */
export function hashOfShown(hex: string): Uint8Array {
  return bytesOfHex(hex).reverse()
}
