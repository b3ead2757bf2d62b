import { ESCAPE_LETTER, ESCAPED, HEX_DIGITS, HEX_VALUE } from './escapes.js'
import { INCOMPLETE, JsonSyntaxError } from './syntax-error.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75

/** 1 for the bytes that stand for themselves inside a printed string. */
export const PLAIN = new Uint8Array(256)
for (let c = 0x20; c < 0x7f; c++) PLAIN[c] = c === QUOTE || c === BACKSLASH ? 0 : 1

/**
 * How many of four bytes stand for themselves before the first that does not.
 * @param word the bytes as a little-endian integer
 */
export function plainBytes(word: number): number {
  // Each difference or sum sets the highest bit of a byte below 0x20, of 0x22, 0x5c and 0x7f; `word` has it from 0x80 on. What a
  // byte carries or borrows can set a bit in those above it only, behind the first.
  const special =
    (word |
      (word + 0x01010101) |
      (word - 0x20202020) |
      ((word ^ 0x22222222) - 0x01010101) |
      ((word ^ 0x5c5c5c5c) - 0x01010101)) &
    0x80808080
  return special === 0 ? 4 : (31 - Math.clz32(special & -special)) >> 3
}

/** Bytes of the escape sequence whose backslash stands at `at`. */
export function escapeSize(text: Uint8Array, at: number): number {
  return text[at + 1] === LETTER_U ? 6 : 2
}

/**
 * The UTF-16 code unit of the escape sequence whose backslash stands at `at`.
 * @throws INCOMPLETE, JsonSyntaxError
 */
export function escapedUnit(text: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) throw INCOMPLETE
  const letter = text[at + 1]!
  if (letter !== LETTER_U) {
    const character = ESCAPED[letter]!
    if (character === 0) throw new JsonSyntaxError('an unknown escape', at)
    return character
  }
  let unit = 0
  for (let i = at + 2; i < at + 6; i++) {
    if (i >= end) throw INCOMPLETE
    const digit = HEX_VALUE[text[i]!]!
    if (digit < 0) throw new JsonSyntaxError('"\\u" without four hex digits', at)
    unit = unit * 16 + digit
  }
  return unit
}

/**
 * The character that begins at `at`: well-formed UTF-8 only (Unicode 15, table 3-7).
 * @throws INCOMPLETE, JsonSyntaxError
 */
export function codePointAt(text: Uint8Array, at: number, end: number): number {
  const lead = text[at]!
  const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (size === 0) throw new JsonSyntaxError('invalid UTF-8', at)
  let point = size === 1 ? lead : lead & (0x7f >> size)
  for (let i = 1; i < size; i++) {
    if (at + i >= end) throw INCOMPLETE
    const byte = text[at + i]!
    const low = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const high = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (byte < low || byte > high) throw new JsonSyntaxError('invalid UTF-8', at)
    point = (point << 6) | (byte & 0x3f)
  }
  return point
}

/** Bytes of a character in UTF-8. */
export function utf8Size(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
}

/**
 * Prints a character as Python does inside a string.
 * @returns the index behind it
 */
export function printCodePoint(out: Uint8Array, at: number, point: number): number {
  if (point < 0x10000) return printCodeUnit(out, at, point)
  const low = printCodeUnit(out, at, 0xd800 + ((point - 0x10000) >> 10))
  return printCodeUnit(out, low, 0xdc00 + ((point - 0x10000) & 0x3ff))
}

function printCodeUnit(out: Uint8Array, start: number, unit: number): number {
  let at = start
  if (unit < 128 && PLAIN[unit] === 1) {
    out[at++] = unit
    return at
  }
  out[at++] = BACKSLASH
  const letter = unit < 128 ? ESCAPE_LETTER[unit]! : 0
  if (letter !== 0) {
    out[at++] = letter
    return at
  }
  out[at++] = LETTER_U
  for (let shift = 12; shift >= 0; shift -= 4) out[at++] = HEX_DIGITS[(unit >> shift) & 15]!
  return at
}
