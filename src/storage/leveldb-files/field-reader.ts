/** Reads what LevelDB writes one field after the other. */
export class FieldReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /**
   * A number of up to 53 bits in groups of seven, the lowest first.
   * @throws RangeError where the bytes end before it does
   */
  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.#at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  /** @throws RangeError where there are not so many */
  bytes(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('a field is cut off')
    const field = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return field
  }

  /** Bytes behind their number. */
  prefixedBytes(): Buffer {
    return this.bytes(this.varint())
  }
}
