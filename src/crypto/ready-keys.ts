import { createPublicKey, type KeyObject } from 'node:crypto'

/** Ed25519 keys as OpenSSL wants them, kept for the next signature: to make one takes a fifteenth of the time of a check. */
export class ReadyKeys {
  readonly #max: number
  /** By their bytes as a text, the oldest first. */
  readonly #keys = new Map<string, KeyObject>()

  /** @param max keys that are kept, about a kibibyte each; the oldest gives way */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#keys.size
  }

  /** @param publicKey 32 bytes; OpenSSL looks at no more than that: of what is no point no signature will hold */
  keyOf(publicKey: Uint8Array): KeyObject {
    const bytes = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length)
    const name = bytes.toString('latin1')
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    // A JWK is read ten times as fast as the same key in DER.
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })
    if (this.#keys.size >= this.#max) this.#keys.delete(this.#keys.keys().next().value!)
    this.#keys.set(name, key)
    return key
  }
}
