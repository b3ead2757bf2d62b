import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreDamaged } from '../primitives/errors.js'

const BLOCK_BYTES = 32 * 1024
const HEADER_BYTES = 7
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
 * Looks for damage inside a LevelDB log. LevelDB itself skips over it in silence, and with it over batches that were acknowledged. A record that
 * ends with the file, whole or not, is left to LevelDB: a power failure may have cut it off, and it was not acknowledged then.
 * @see https://github.com/google/leveldb/blob/main/doc/log_format.md
 * @throws StoreDamaged
 */
function checkLog(file: string): void {
  const log = readFileSync(file)
  let damagedAt: number | undefined
  for (let at = 0; at + HEADER_BYTES <= log.length; ) {
    const roomInBlock = BLOCK_BYTES - (at % BLOCK_BYTES)
    if (roomInBlock < HEADER_BYTES) {
      at += roomInBlock
      continue
    }
    // Something stands behind a damaged record, so it was not the last one.
    if (damagedAt !== undefined) throw new StoreDamaged(`${file} is damaged at byte ${damagedAt}`)
    const length = log.readUInt16LE(at + 4)
    const end = at + HEADER_BYTES + length
    if (HEADER_BYTES + length > roomInBlock || end > log.length) {
      // Cut off by a crash, or a damaged length: what follows within the block cannot be found.
      damagedAt = at
      at += roomInBlock
      continue
    }
    if (log.readUInt32LE(at) !== masked(crc32c(log.subarray(at + 6, end)))) damagedAt = at
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
