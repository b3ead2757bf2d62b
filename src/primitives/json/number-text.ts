import { asciiOf } from '../bytes.js'
import { isOwnRepr, pythonRepr } from './python-float.js'
import { INCOMPLETE, JsonSyntaxError } from './syntax-error.js'

const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const UPPER_E = 0x45
const LOWER_E = 0x65

/** Python refuses to read a longer integer (sys.get_int_max_str_digits, since 3.11). */
const MAX_INTEGER_DIGITS = 4300

/**
 * The index behind the number that starts at `start`, `end` where more of it may follow.
 * @throws INCOMPLETE where the text ends before there is a number, JsonSyntaxError
 */
export function endOfNumber(text: Uint8Array, start: number, end: number): number {
  const firstDigit = text[start] === MINUS ? start + 1 : start
  let at = skipDigits(text, firstDigit, end, 'a digit was expected')
  if (at > firstDigit + 1 && text[firstDigit] === ZERO) throw new JsonSyntaxError('an integer with a leading zero', at)
  if (at < end && text[at] === POINT) at = skipDigits(text, at + 1, end, 'a digit was expected behind the point')
  if (at < end && (text[at] === LOWER_E || text[at] === UPPER_E)) {
    const signed = text[at + 1] === PLUS || text[at + 1] === MINUS
    at = skipDigits(text, signed ? at + 2 : at + 1, end, 'a digit was expected in the exponent')
  }
  return at
}

/** Skips one digit or more. */
function skipDigits(text: Uint8Array, start: number, end: number, expected: string): number {
  const at = endOfDigits(text, start, end)
  if (at > start) return at
  if (at >= end) throw INCOMPLETE
  throw new JsonSyntaxError(expected, at)
}

function endOfDigits(text: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && text[at]! >= ZERO && text[at]! <= NINE) at++
  return at
}

/**
 * How Python prints the number that stands from `start` up to `end`; undefined where it prints the same text.
 * @throws JsonSyntaxError where the number is too large for Python or for us
 */
export function reprintedNumber(text: Uint8Array, start: number, end: number): string | undefined {
  const firstDigit = text[start] === MINUS ? start + 1 : start
  const point = endOfDigits(text, firstDigit, end)
  if (point === end) {
    const digits = end - firstDigit
    if (digits > MAX_INTEGER_DIGITS) {
      throw new JsonSyntaxError(`an integer of ${digits} digits (Python reads at most ${MAX_INTEGER_DIGITS})`, end)
    }
    return start < firstDigit && text[firstDigit] === ZERO ? '0' : undefined
  }
  const hasExponent = text[point] !== POINT || endOfDigits(text, point + 1, end) < end
  if (!hasExponent && isOwnRepr(text, firstDigit, point, end)) return undefined
  const digits = asciiOf(text, start, end)
  const value = Number(digits)
  if (!Number.isFinite(value)) throw new JsonSyntaxError(`${digits.slice(0, 40)} is too large for a float`, end)
  return pythonRepr(value)
}
