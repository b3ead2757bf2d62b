const ZERO = 0x30
const THREE = 0x33

/**
 * Prints a finite float64 as Python's `repr` does: the shortest digits that read back as the same number (JavaScript
 * finds the same ones), always with a fraction or an exponent, an exponent below 1e-4 and from 1e16 on, of at least two digits.
 * @see CPython, PyOS_double_to_string with format 'r'
 */
export function pythonRepr(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string]
    const sign = exponent.startsWith('-') ? '-' : '+'
    return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`
  }
  // Between these bounds JavaScript never uses an exponent, but from 1e-6 on.
  const text = String(value)
  return Number.isInteger(value) ? `${text}.0` : text
}

/**
 * Whether a decimal is for certain the repr of its float, which then need not be found. True for nearly all that programs
 * print: amounts with cents, and times. False says nothing.
 *
 * A repr has the fewest digits that read back as the float, and of those with so many it is the nearest. A text without
 * needless zeros is therefore a repr where no other decimal with as many digits behind the point, or fewer, reads as the
 * same float. (One with more behind the point but fewer in all would stand on the other side of a power of ten, and that
 * would read as the same float, too.)
 * @param start of the digits before the point, which stands at `point`; those behind it end at `end`
 */
export function isOwnRepr(text: Uint8Array, start: number, point: number, end: number): boolean {
  const fractionDigits = end - point - 1
  if (text[end - 1] === ZERO && fractionDigits > 1) return false
  // Below 1e-4 a repr has an exponent.
  if (text[start] === ZERO && fractionDigits > 4) return false
  // Decimals with k digits behind the point are 10^-k apart. Where the digits, read as one integer, are below 3 * 10^15, floats
  // are less than 3 * 10^15 / 10^k / 2^52 < 0.6662 * 10^-k apart, and twice that above a power of two. What reads as one float
  // reaches half a gap down and half a gap up: over less than (1/2 + 2/2) * 0.6662 * 10^-k, too little for two such decimals.
  const digits = point - start + fractionDigits
  if (digits <= 15 || (digits === 16 && text[start]! < THREE)) return true
  return point - start === 10 && fractionDigits === 7 && isReprOfTime(text, start, point)
}

/**
 * Decides the same for a time in seconds with seven digits behind the point, the last of them not zero. Two or three such
 * decimals read as the same float.
 *
 * From 2^30 (2004) to 2^31 (2038) the floats are 2^-22 apart. In units of 10^-7 * 2^-22 that is 10^7, decimals with seven
 * digits are 2^22 apart, and all lengths within a second are integers below 2^53, so nothing here is rounded.
 */
function isReprOfTime(text: Uint8Array, start: number, point: number): boolean {
  const second = integerOf(text, start, point)
  if (second < 2 ** 30 || second >= 2 ** 31) return false
  const fraction = integerOf(text, point + 1, point + 8)
  const decimal = fraction * 2 ** 22
  const float = Math.round(decimal / 1e7) * 1e7
  const isNearest = Math.abs(decimal - float) < 2 ** 21
  // The neighbours with six digits, of which a nearer one would be the repr, must lie beyond the float's half of the gap.
  const last = fraction % 10
  const below = decimal - last * 2 ** 22
  const above = below + 10 * 2 ** 22
  return isNearest && float - below > 5e6 && above - float > 5e6
}

function integerOf(digits: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i++) value = 10 * value + digits[i]! - ZERO
  return value
}
