import { utf8 } from '../../primitives/bytes.js'

const MAX_BYTES = 140
/** Controls, and what changes the direction or the order of a text: none may make a payment look like another one. */
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/

/** Whether a text may stand in a transaction: 1 to 140 bytes of UTF-8, compared as they are, without normalisation. */
export function isMemo(text: string): boolean {
  if (text === '' || text.length > MAX_BYTES || !text.isWellFormed() || FORBIDDEN.test(text)) return false
  return utf8(text).length <= MAX_BYTES
}
