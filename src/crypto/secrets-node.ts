import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  scrypt as scryptWithCallback,
  sign,
} from 'node:crypto'
import type { ScryptCost } from './scrypt-cost.js'

export type { ScryptCost }

const TAG_BYTES = 16
/** Beside the memory that scrypt is made to use, OpenSSL counts some for itself. */
const SPARE_BYTES = 1024 * 1024

/**
 * The Ed25519 signature, R ‖ S, 64 bytes.
 * @param privateKey 32 bytes, which RFC 8032 calls the private key and others the seed
 * @see RFC 8032, 5.1.6
 */
export function signEd25519(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, keyOf(privateKey)))
}

/** The public key, 32 bytes. @param privateKey 32 bytes */
export function ed25519PublicKey(privateKey: Uint8Array): Uint8Array {
  const { x } = createPublicKey(keyOf(privateKey)).export({ format: 'jwk' })
  return new Uint8Array(Buffer.from(x!, 'base64url'))
}

/** A key of `bytes` bytes from a passphrase. @see RFC 7914 */
export function scrypt(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { n, r, p }: ScryptCost,
  bytes: number,
): Promise<Uint8Array> {
  const cost = { N: n, r, p, maxmem: 128 * r * (n + p) + SPARE_BYTES }
  return new Promise((resolve, reject) => {
    scryptWithCallback(passphrase, salt, bytes, cost, (error, key) => {
      if (error === null) resolve(new Uint8Array(key))
      else reject(error)
    })
  })
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
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(additional)
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

/** @returns undefined where the key is another one, or anything was changed */
export function openAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(additional)
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const opened = decipher.update(sealed.subarray(0, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return new Uint8Array(opened)
}

/** What stands before the 32 bytes in PKCS #8 (RFC 8410, 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

function keyOf(privateKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, privateKey]), format: 'der', type: 'pkcs8' })
}
