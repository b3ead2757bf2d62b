import { expect, test } from 'vitest'
import { maskedCrc32c } from '../../../src/storage/leveldb-files/crc32c.js'

const ZEROS = new Uint8Array(32)
const RISING = Uint8Array.from(ZEROS, (_, i) => i)

test.each([
  // RFC 3720, appendix B.4.
  ['32 zeros', ZEROS, 0x8a9136aa],
  ['32 ones', ZEROS.map(() => 0xff), 0x62a8ab43],
  ['0 to 31', RISING, 0x46dd794e],
  ['31 to 0', RISING.toReversed(), 0x113fdb5c],
  // The check value that catalogues of checksums give, of a length that eight does not divide.
  ['the digits', new TextEncoder().encode('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
])('the CRC-32C of %s, masked as LevelDB does', (_what, bytes, crc) => {
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
  expect(maskedCrc32c(bytes)).toBe(masked)
  // Wherever they lie in memory.
  const shifted = new Uint8Array(bytes.length + 3)
  shifted.set(bytes, 3)
  expect(maskedCrc32c(shifted.subarray(3))).toBe(masked)
})
