import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDamaged } from '../primitives/errors.js'

const BLOCK_BYTES = 32 * 1024
/** Checksum u32, length u16, type u8, little-endian. */
const HEADER_BYTES = 7
/** Types of fragments with which a batch begins. */
const FULL = 1
const FIRST = 2
const MASK_DELTA = 0xa282ead8

/**
 * Looks at the files of a LevelDB folder for what LevelDB passes over in silence; missing and damaged tables it names itself.
 * @throws StoreDamaged
 */
export function checkFiles(folder: string): void {
  if (!existsSync(join(folder, 'CURRENT'))) throw new StoreDamaged(`${join(folder, 'CURRENT')} is missing`)
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  // There is always one: the next is made before the last is removed.
  if (logs.length === 0) throw new StoreDamaged(`the log in ${folder} is missing`)
  for (const name of logs) checkLog(join(folder, name))
}

/**
 * Looks for damage inside a LevelDB log. LevelDB skips over it in silence, and with it over batches that were acknowledged.
 * Only what has a whole batch begun behind it is damage for certain: the last batch may have been cut off by a power failure, in the
 * middle, too, or be followed by zeros, and then it was not acknowledged. If it was, the `Witness` knows.
 * @see https://github.com/google/leveldb/blob/main/doc/log_format.md
 * @throws StoreDamaged
 */
function checkLog(file: string): void {
  const log = readFileSync(file)
  let damagedAt: number | undefined
  for (let at = 0; at + HEADER_BYTES <= log.length; ) {
    const roomInBlock = BLOCK_BYTES - (at % BLOCK_BYTES)
    const length = roomInBlock < HEADER_BYTES ? 0 : log.readUInt16LE(at + 4)
    const end = at + HEADER_BYTES + length
    if (HEADER_BYTES + length > roomInBlock || end > log.length) {
      // The rest of a block is too short for a header; or the length is damaged or cut off, and what follows cannot be found.
      if (roomInBlock >= HEADER_BYTES) damagedAt ??= at
      at += roomInBlock
      continue
    }
    const type = log[at + 6]
    const isSound = log.readUInt32LE(at) === masked(crc32c(log.subarray(at + 6, end)))
    if (!isSound) damagedAt ??= at
    else if (damagedAt !== undefined && (type === FULL || type === FIRST)) {
      throw new StoreDamaged(`${file} is damaged at byte ${damagedAt}`)
    }
    at = end
  }
}

/** LevelDB stores checksums so that a checksum of data with checksums in it is no weaker. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!
  return ~crc >>> 0
}
