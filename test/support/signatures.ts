import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { SignatureCheck } from '../../src/consensus/signature.js'

/** Signs in the name of a few senders. */
export class Signers {
  readonly #keys: readonly { readonly publicKey: Uint8Array; readonly privateKey: KeyObject }[]

  constructor(count: number) {
    this.#keys = Array.from({ length: count }, () => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519')
      const { x } = publicKey.export({ format: 'jwk' })
      return { publicKey: Uint8Array.from(Buffer.from(x!, 'base64url')), privateKey }
    })
  }

  /** Good checks, each of another message of about the length of a payment. */
  checks(count: number): SignatureCheck[] {
    return Array.from({ length: count }, (_, i) => {
      const { publicKey, privateKey } = this.#keys[i % this.#keys.length]!
      const message = Uint8Array.from(Buffer.from(`payment ${i} `.padEnd(350, '.')))
      return { publicKey, message, signature: Uint8Array.from(sign(null, message, privateKey)) }
    })
  }
}
