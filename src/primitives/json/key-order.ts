import { ESCAPED, HEX_VALUE } from './escapes.js'

const BACKSLASH = 0x5c
const LETTER_U = 0x75

/** Objects of up to this many keys are sorted by insertion: faster than sort() for the handful that a block or a transaction has. */
const SMALL_OBJECT = 8

/** Numbers a member of a printed object: where its key starts and ends, quotes included, and where its value ends. */
export const ROW_SIZE = 3

/**
 * Orders the members of a printed object by the code points of their keys; of equal keys the last one stays.
 * @param rows of `ROW_SIZE` numbers each; those from `first` up to, not including, `end` are of this object
 * @returns the numbers of the rows, in order
 */
export function orderMembers(printed: Uint8Array, rows: Int32Array, first: number, end: number): number[] {
  return end - first > SMALL_OBJECT ? orderMany(printed, rows, first, end) : orderFew(printed, rows, first, end)
}

function orderMany(printed: Uint8Array, rows: Int32Array, first: number, end: number): number[] {
  const order: number[] = []
  for (let row = first; row < end; row++) order.push(row)
  order.sort((a, b) => compareMembers(printed, rows, a, b) || a - b)
  return order.filter((row, i) => i + 1 === order.length || compareMembers(printed, rows, row, order[i + 1]!) !== 0)
}

function orderFew(printed: Uint8Array, rows: Int32Array, first: number, end: number): number[] {
  const order: number[] = []
  for (let row = first; row < end; row++) {
    let place = order.length
    let comparison = -1
    while (place > 0) {
      comparison = compareMembers(printed, rows, order[place - 1]!, row)
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

function compareMembers(printed: Uint8Array, rows: Int32Array, a: number, b: number): number {
  const rowA = ROW_SIZE * a
  const rowB = ROW_SIZE * b
  return compareKeys(printed, rows[rowA]!, rows[rowA + 1]!, rows[rowB]!, rows[rowB + 1]!)
}

/** Compares two printed keys, from their opening quotes up to behind their closing ones, by code points. */
export function compareKeys(printed: Uint8Array, startA: number, endA: number, startB: number, endB: number): number {
  // Behind the closing quote nothing is compared, so that a key sorts before its own continuations.
  const lengthA = endA - startA - 1
  const lengthB = endB - startB - 1
  const common = Math.min(lengthA, lengthB)
  // Where they stand: a key may be megabytes long, and is compared many times.
  for (let i = 1; i < common; ) {
    const a = printed[startA + i]!
    const b = printed[startB + i]!
    if (a === b && a !== BACKSLASH) {
      i++
      continue
    }
    if (a !== BACKSLASH && b !== BACKSLASH) return a - b
    const pointA = codePointAt(printed, startA + i)
    const pointB = codePointAt(printed, startB + i)
    if (pointA !== pointB) return pointA - pointB
    i += pointA > 0xffff ? 12 : printed[startA + i + 1] === LETTER_U ? 6 : 2
  }
  return lengthA - lengthB
}

/** The character at `at` of a printed string, which stands there as itself or as one escape or two. */
function codePointAt(printed: Uint8Array, at: number): number {
  const c = printed[at]!
  if (c !== BACKSLASH) return c
  if (printed[at + 1] !== LETTER_U) return ESCAPED[printed[at + 1]!]!
  const unit = codeUnitAt(printed, at)
  if ((unit & 0xfc00) !== 0xd800 || printed[at + 6] !== BACKSLASH || printed[at + 7] !== LETTER_U) return unit
  const next = codeUnitAt(printed, at + 6)
  return (next & 0xfc00) === 0xdc00 ? 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff) : unit
}

function codeUnitAt(printed: Uint8Array, at: number): number {
  let unit = 0
  for (let i = 2; i < 6; i++) unit = unit * 16 + HEX_VALUE[printed[at + i]!]!
  return unit
}
