/** What a byte does to the checksum. */
const T0 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})
// And what it does with so many bytes behind it.
const T1 = withOneMore(T0)
const T2 = withOneMore(T1)
const T3 = withOneMore(T2)
const T4 = withOneMore(T3)
const T5 = withOneMore(T4)
const T6 = withOneMore(T5)
const T7 = withOneMore(T6)

function withOneMore(table: Uint32Array): Uint32Array {
  return table.map((crc) => (crc >>> 8) ^ T0[crc & 0xff]!)
}

const MASK_DELTA = 0xa282ead8

/** The checksum as LevelDB stores it: so that a checksum of data with checksums in it is no weaker. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}

/**
 * CRC-32C (Castagnoli), RFC 3720 appendix B.4. All tables go through here at opening: by eight bytes at a time ("slicing by 8", Kounavis
 * and Berry, 2005) it takes half the time.
 */
function crc32c(bytes: Uint8Array): number {
  const { byteLength: length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let crc = 0xffffffff
  let at = 0
  for (; at + 8 <= length; at += 8) {
    const a = crc ^ view.getUint32(at, true)
    const b = view.getUint32(at + 4, true)
    crc =
      T7[a & 0xff]! ^
      T6[(a >>> 8) & 0xff]! ^
      T5[(a >>> 16) & 0xff]! ^
      T4[a >>> 24]! ^
      T3[b & 0xff]! ^
      T2[(b >>> 8) & 0xff]! ^
      T1[(b >>> 16) & 0xff]! ^
      T0[b >>> 24]!
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
