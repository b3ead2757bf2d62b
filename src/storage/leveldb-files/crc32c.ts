const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

const MASK_DELTA = 0xa282ead8

/** The checksum as LevelDB stores it: so that a checksum of data with checksums in it is no weaker. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}

/** CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  // Not for-of: all tables go through here at opening, and this takes half the time.
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}
