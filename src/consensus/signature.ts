import { verifyEd25519 } from '#crypto'
import { isCanonicalKey, isOnCurve, isSmallOrderKey } from './ed25519-key.js'
import { type Reject, reject } from './reject.js'

/** A signature to be checked, away from the rules that ask for it: on any thread. */
export interface SignatureCheck {
  /** A, 32 bytes. */
  readonly publicKey: Uint8Array
  /** What was signed, itself and not its hash. */
  readonly message: Uint8Array
  /** R ‖ S, 64 bytes. */
  readonly signature: Uint8Array
}

export type SignatureFault = 'bad-public-key' | 'bad-signature'

/**
 * Checks an Ed25519 signature, so that all nodes agree on every one; RFC 8032 leaves some to the implementation.
 *
 * A key A is good where y < p, it is on the curve, it is not x = 0 with the sign bit, and 8·A is not the neutral point. A part of small
 * order beside a large one is allowed. A signature is good where S < L and the canonical encoding of S·B − k·A is R, byte by byte.
 * @returns what is wrong, the key before the signature; undefined where both are good
 * @see RFC 8032, 5.1.3 and 5.1.7
 */
export function faultOfSignature({ publicKey, message, signature }: SignatureCheck): SignatureFault | undefined {
  if (publicKey.length !== 32 || !isCanonicalKey(publicKey) || isSmallOrderKey(publicKey)) return 'bad-public-key'
  // A signature that holds tells that the key is a point, so that only of a bad one it has to be found out.
  if (verifyEd25519(publicKey, message, signature)) return undefined
  return isOnCurve(publicKey) ? 'bad-signature' : 'bad-public-key'
}

/** @param position of the transaction in its block, counted from 0; undefined for one that stands in none */
export function signatureRefusal(fault: SignatureFault, position?: number): Reject {
  const message =
    fault === 'bad-signature' ? 'the signature is not that of the key' : 'the public key is none that can be relied on'
  return reject(fault, message, { fault: 'block', ...(position !== undefined && { position }) })
}
