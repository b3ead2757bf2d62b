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
