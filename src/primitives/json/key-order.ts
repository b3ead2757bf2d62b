import { ESCAPED, HEX_VALUE } from './escapes.js'

const BACKSLASH = 0x5c
const LETTER_U = 0x75

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
