/** What a kernel finds in its memory: words, each in all four lanes of a vector. Numbers in WebAssembly's memory begin with their lowest byte. */

export const VECTOR_BYTES = 16

/** A row of vectors. */
export class Vectors {
  readonly address: number
  readonly length: number

  constructor(address: number, length: number) {
    this.address = address
    this.length = length
  }

  /** Where the row ends. */
  get end(): number {
    return this.at(this.length)
  }

  /** The address of one of them. */
  at(i: number): number {
    return this.address + i * VECTOR_BYTES
  }

  /** Puts words in, from the vector `first` on. */
  fill(memory: DataView, words: Iterable<number>, first = 0): void {
    let address = this.at(first)
    for (const word of words) {
      for (let lane = 0; lane < 4; lane++) memory.setUint32(address + lane * 4, word, true)
      address += VECTOR_BYTES
    }
  }
}
