import { ROW_SIZE } from './key-order.js'

const COMMA = 0x2c
const SPACE = 0x20
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

// Start, end, first member and number of members of an object.
const OBJECT_SIZE = 4
// Start and end of a member.
const MEMBER_SIZE = 2

/** Up to this many bytes a loop is faster than `copyWithin`. */
const SHORT = 24

/**
 * The objects of a printed text whose members have to change places, and the printing of the text with all of them in
 * their places. Moved one by one, the innermost would be moved again for each object around it.
 */
export class Rearrangement {
  // In the order in which they end: an object behind those inside it.
  #objects = new Int32Array(0)
  #objectCount = 0
  #members = new Int32Array(0)
  #memberCount = 0

  get isEmpty(): boolean {
    return this.#objectCount === 0
  }

  clear(): void {
    this.#objectCount = 0
    this.#memberCount = 0
  }

  /**
   * Notes an object.
   * @param order the rows of the members that stay, in the order in which they are to stand
   */
  add(start: number, end: number, rows: Int32Array, order: readonly number[]): void {
    this.#objects = withRoom(this.#objects, OBJECT_SIZE * (this.#objectCount + 1))
    const row = OBJECT_SIZE * this.#objectCount++
    this.#objects[row] = start
    this.#objects[row + 1] = end
    this.#objects[row + 2] = this.#memberCount
    this.#objects[row + 3] = order.length
    this.#members = withRoom(this.#members, MEMBER_SIZE * (this.#memberCount + order.length))
    const members = this.#members
    for (let i = 0; i < order.length; i++) {
      const place = MEMBER_SIZE * this.#memberCount++
      members[place] = rows[ROW_SIZE * order[i]!]!
      members[place + 1] = rows[ROW_SIZE * order[i]! + 2]!
    }
  }

  /**
   * Prints the text that stands in `out` from `start` up to `end` anew, somewhere behind itself.
   * @param to where it is to end; `end` and the text's length, at least
   * @returns where it begins: the later, the more members were dropped
   */
  print(out: Uint8Array, start: number, end: number, to: number): number {
    return this.#print(out, start, end, this.#objectCount, to)
  }

  /**
   * Prints a part of the text, from its end to its beginning, so that an object comes before those inside it.
   * @param below only objects before this one may be in the part
   * @param to where its last byte is to stand, and one more
   * @returns where its first byte stands
   */
  #print(out: Uint8Array, start: number, end: number, below: number, to: number): number {
    const objects = this.#objects
    let partEnd = end
    let at = to
    for (let object = this.#lastThatEndsBy(end, below); object >= 0; ) {
      const row = OBJECT_SIZE * object
      const objectStart = objects[row]!
      if (objectStart < start) break
      at = copyBack(out, objects[row + 1]!, partEnd, at)
      at = this.#printObject(out, object, at)
      partEnd = objectStart
      object = this.#lastThatEndsBy(objectStart, object)
    }
    return copyBack(out, start, partEnd, at)
  }

  #printObject(out: Uint8Array, object: number, to: number): number {
    const first = this.#objects[OBJECT_SIZE * object + 2]!
    const count = this.#objects[OBJECT_SIZE * object + 3]!
    const members = this.#members
    let at = to
    out[--at] = CLOSE_OBJECT
    for (let member = first + count - 1; member >= first; member--) {
      at = this.#print(out, members[MEMBER_SIZE * member]!, members[MEMBER_SIZE * member + 1]!, object, at)
      if (member === first) break
      out[--at] = SPACE
      out[--at] = COMMA
    }
    out[--at] = OPEN_OBJECT
    return at
  }

  /** The last object, of those before `below`, that ends at `end` or before; -1 where there is none. */
  #lastThatEndsBy(end: number, below: number): number {
    const objects = this.#objects
    // Mostly it is the very next.
    if (below > 0 && objects[OBJECT_SIZE * (below - 1) + 1]! <= end) return below - 1
    let low = 0
    let high = below
    while (low < high) {
      const middle = (low + high) >>> 1
      if (objects[OBJECT_SIZE * middle + 1]! <= end) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** Copies the bytes from `start` up to `end` to before `to`; returns where they begin there. */
function copyBack(out: Uint8Array, start: number, end: number, to: number): number {
  const at = to - (end - start)
  if (end - start > SHORT) out.copyWithin(at, start, end)
  else for (let i = start; i < end; i++) out[at + i - start] = out[i]!
  return at
}

function withRoom(numbers: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  if (size <= numbers.length) return numbers
  const larger = new Int32Array(Math.max(64, size, 2 * numbers.length))
  larger.set(numbers)
  return larger
}
