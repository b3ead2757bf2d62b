import { asciiOf } from '../bytes.js'

const SPACE = 0x20
const COMMA = 0x2c
const BACKSLASH = 0x5c

// Objects of up to this many keys are sorted by insertion.
const SMALL_OBJECT = 16

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

  /** Compares the keys of two members by code points. */
  compare(text: Uint8Array, a: number, b: number): number {
    const rows = this.#rows
    return compareKeys(text, rows[ROW * a]!, rows[ROW * a + 1]!, rows[ROW * b]!, rows[ROW * b + 1]!)
  }

  /**
   * Puts the members from `first` on, which stand from `body` up to `end` of the text, into the order of their keys, and keeps
   * the last of equal ones. Behind `end` there is room for all of them once more.
   * @returns where they end now
   */
  sort(text: Uint8Array, first: number, body: number, end: number): number {
    text.copyWithin(end, body, end)
    const aside = end - body
    let at = body
    for (const row of this.#orderOfKeys(text, first)) {
      if (at > body) {
        text[at++] = COMMA
        text[at++] = SPACE
      }
      const from = aside + this.#rows[ROW * row]!
      const to = aside + this.#rows[ROW * row + 2]!
      text.copyWithin(at, from, to)
      at += to - from
    }
    return at
  }

  /** The members from `first` on by their keys, without those that a later equal key replaces. */
  #orderOfKeys(text: Uint8Array, first: number): number[] {
    const order: number[] = []
    if (this.#size - first > SMALL_OBJECT) {
      for (let row = first; row < this.#size; row++) order.push(row)
      order.sort((a, b) => this.compare(text, a, b) || a - b)
      return order.filter((row, i) => i + 1 === order.length || this.compare(text, row, order[i + 1]!) !== 0)
    }
    // Insertion: three times as fast as sort() for the handful of keys that a block or a transaction has.
    for (let row = first; row < this.#size; row++) {
      let place = order.length
      let comparison = -1
      while (place > 0) {
        comparison = this.compare(text, order[place - 1]!, row)
        if (comparison <= 0) break
        place--
      }
      if (place > 0 && comparison === 0) {
        order[place - 1] = row
        continue
      }
      order.push(row)
      for (let i = order.length - 1; i > place; i--) order[i] = order[i - 1]!
      order[place] = row
    }
    return order
  }
}

/** Compares two printed keys, quotes included, by code points. */
function compareKeys(text: Uint8Array, startA: number, endA: number, startB: number, endB: number): number {
  // Behind the closing quote nothing is compared, so that a key sorts before its own continuations.
  const lengthA = endA - startA - 1
  const lengthB = endB - startB - 1
  const common = Math.min(lengthA, lengthB)
  for (let i = 1; i < common; i++) {
    const a = text[startA + i]!
    const b = text[startB + i]!
    if (a === BACKSLASH || b === BACKSLASH) return compareEscaped(text, startA, endA, startB, endB)
    if (a !== b) return a - b
  }
  return lengthA - lengthB
}

function compareEscaped(text: Uint8Array, startA: number, endA: number, startB: number, endB: number): number {
  const a = codePointsOf(text, startA, endA)
  const b = codePointsOf(text, startB, endB)
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function codePointsOf(text: Uint8Array, start: number, end: number): number[] {
  const string = JSON.parse(asciiOf(text, start, end)) as string
  return Array.from(string, (character) => character.codePointAt(0)!)
}
