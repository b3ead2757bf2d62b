import { gcm } from '@noble/ciphers/aes.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import type { ScryptCost } from './scrypt-cost.js'

export type { ScryptCost }

const TAG_BYTES = 16
/** Noble asks for a bound of its own; the costs of a keystore are bounded by who reads it. */
const SPARE_BYTES = 1024 * 1024

/**
 * The Ed25519 signature, R ‖ S, 64 bytes.
 * @param privateKey 32 bytes, which RFC 8032 calls the private key and others the seed
 * @see RFC 8032, 5.1.6
 */
export function signEd25519(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, privateKey)
}

/** The public key, 32 bytes. @param privateKey 32 bytes */
export function ed25519PublicKey(privateKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(privateKey)
}

/** A key of `bytes` bytes from a passphrase. @see RFC 7914 */
export function scrypt(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { n, r, p }: ScryptCost,
  bytes: number,
): Promise<Uint8Array> {
  return scryptAsync(passphrase, salt, { N: n, r, p, dkLen: bytes, maxmem: 128 * r * (n + p) + SPARE_BYTES })
}

/**
 * AES-256-GCM: the ciphertext, and behind it the tag of 16 bytes.
 * @param key 32 bytes
 * @param nonce 12 bytes, never again with the same key
 * @param additional is authenticated beside the text
 * @see NIST SP 800-38D
 */
export function sealAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  additional: Uint8Array,
): Uint8Array {
  return gcm(key, nonce, additional).encrypt(plaintext)
}

/** @returns undefined where the key is another one, or anything was changed */
export function openAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined
  try {
    return gcm(key, nonce, additional).decrypt(sealed)
  } catch {
    return undefined
  }
}
