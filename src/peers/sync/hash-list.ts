import { bytesOfHex, hexOf } from '../../primitives/bytes.js'

const HASH_BYTES = 32
const FIRST_HASHES = 64

/** Hashes in their order, of which some hundred thousand may be kept: as texts they would take four times the memory. */
export class HashList {
  #bytes = new Uint8Array(FIRST_HASHES * HASH_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What is taken of memory. */
  get byteLength(): number {
    return this.#bytes.length
  }

  /** @param hash 64 hex digits */
  push(hash: string): void {
    const end = (this.#length + 1) * HASH_BYTES
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytesOfHex(hash), end - HASH_BYTES)
    this.#length++
  }

  /** Leaves the first `length`. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length)
  }

  /** @param index counted from 0 */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.#length) return undefined
    return hexOf(this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES))
  }
}
