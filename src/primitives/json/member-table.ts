import { compareKeys } from './key-order.js'

/** Objects of up to this many keys are sorted by insertion: faster than sort() for the handful that a block or a transaction has. */
const SMALL_OBJECT = 8

// A row is where a member's key starts, where it ends, and where its value ends.
const ROW = 3

/** Where the members of objects stand that are being printed, those of the innermost object last. */
export class MemberTable {
  #rows = new Int32Array(ROW * 64)
  #size = 0

  /** How many members there are, those of outer objects included. */
  get size(): number {
    return this.#size
  }

  /** Forgets all members but the first `size`. */
  truncate(size: number): void {
    this.#size = size
  }

  add(keyStart: number, keyEnd: number, valueEnd: number): void {
    const at = ROW * this.#size++
    if (at === this.#rows.length) {
      const larger = new Int32Array(2 * at)
      larger.set(this.#rows)
      this.#rows = larger
    }
    this.#rows[at] = keyStart
    this.#rows[at + 1] = keyEnd
    this.#rows[at + 2] = valueEnd
  }

  start(member: number): number {
    return this.#rows[ROW * member]!
  }

  end(member: number): number {
    return this.#rows[ROW * member + 2]!
  }

  /** Whether the key of the last member is greater than that of the one before it. */
  isLastInOrder(printed: Uint8Array): boolean {
    return this.#compare(printed, this.#size - 2, this.#size - 1) < 0
  }

  /** The members from `first` on in the order of their keys' code points; of equal keys the last one stays. */
  order(printed: Uint8Array, first: number): number[] {
    return this.#size - first > SMALL_OBJECT ? this.#orderMany(printed, first) : this.#orderFew(printed, first)
  }

  #orderMany(printed: Uint8Array, first: number): number[] {
    const order = Array.from({ length: this.#size - first }, (_, i) => first + i)
    order.sort((a, b) => this.#compare(printed, a, b) || a - b)
    return order.filter((member, i) => i + 1 === order.length || this.#compare(printed, member, order[i + 1]!) !== 0)
  }

  #orderFew(printed: Uint8Array, first: number): number[] {
    const order: number[] = []
    for (let member = first; member < this.#size; member++) {
      let place = order.length
      let comparison = -1
      while (place > 0) {
        comparison = this.#compare(printed, order[place - 1]!, member)
        if (comparison <= 0) break
        place--
      }
      if (place > 0 && comparison === 0) {
        order[place - 1] = member
        continue
      }
      order.push(member)
      for (let i = order.length - 1; i > place; i--) order[i] = order[i - 1]!
      order[place] = member
    }
    return order
  }

  #compare(printed: Uint8Array, a: number, b: number): number {
    const rows = this.#rows
    return compareKeys(printed, rows[ROW * a]!, rows[ROW * a + 1]!, rows[ROW * b]!, rows[ROW * b + 1]!)
  }
}
