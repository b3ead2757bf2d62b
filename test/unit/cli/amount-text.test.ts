import { expect, test } from 'vitest'
import { amountText } from '../../../src/cli/text.js'

/** An amount in a table is as wide as an amount, and never looks smaller than it is. */

test.each([
  ['5', '5'],
  ['-0.25', '-0.25'],
  // 24 characters.
  ['123456789012345678901234', '123456789012345678901234'],
  ['1234567890123456789012345', '1.23456…e+24'],
  [`+1${'0'.repeat(308)}`, '+1.00000…e+308'],
  [`-17${'9'.repeat(307)}`, '-1.79999…e+308'],
  [`1${'0'.repeat(30)}.5`, '1.00000…e+30'],
  ['0.12345678901234567890123', '0.123456789012345678901…'],
  ['1e+308', '1e+308'],
  // No number: the table cuts it as it cuts any text.
  ['"a text that somebody calls an amount"', '"a text that somebody calls an amount"'],
])('%.40s is shown as %s', (amount, shown) => {
  expect(amountText(amount)).toBe(shown)
})
