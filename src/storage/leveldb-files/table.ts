import { maskedCrc32c } from './crc32c.js'
import { FieldReader } from './field-reader.js'
import { unsnap } from './snappy.js'

const FOOTER_BYTES = 48
const MAGIC = 0xdb4775248b80fb57n
/** Behind each block: how it is compressed, u8, and a checksum of both, u32. */
const TRAILER_BYTES = 5
const SNAPPY = 1

/** A change that a table holds: a key was set, or removed and then the value is empty. */
export interface TableChange {
  readonly key: Buffer
  readonly value: Buffer
  /** The later of two changes has the higher one. */
  readonly sequence: bigint
}

/** Behind the key of a change: its kind, u8, and sequence number, u56, together little-endian. */
const KEY_SUFFIX_BYTES = 8

/** Where a block lies in a table, without its trailer. */
interface Place {
  readonly offset: number
  readonly size: number
}

/**
 * Checks a table: blocks of data, a filter that tells which keys they may hold, an index of that filter, an index of the data, and a
 * footer. LevelDB itself looks at none of the checksums: it then finds less than there is, or ends the process.
 * @see https://github.com/google/leveldb/blob/main/doc/table_format.md
 * @throws RangeError where it is damaged
 */
export function checkTable(table: Buffer): void {
  const footer = new FieldReader(table.subarray(table.length - FOOTER_BYTES))
  if (table.readBigUInt64LE(table.length - 8) !== MAGIC) throw new RangeError('the footer is not one')
  const [filterIndex, index] = [readPlace(footer), readPlace(footer)]
  checkBlock(table, filterIndex)
  checkBlock(table, index)
  let end = 0
  for (const place of readIndex(blockContent(table, index))) {
    checkBlock(table, place)
    end = place.offset + place.size + TRAILER_BYTES
  }
  // What lies between the data and the index of the filter is the filter.
  if (end < filterIndex.offset) checkBlock(table, { offset: end, size: filterIndex.offset - end - TRAILER_BYTES })
}

/**
 * The last change of the smallest key of a table that is sound.
 * @throws RangeError where there is none
 */
export function firstChange(table: Buffer): TableChange {
  const footer = new FieldReader(table.subarray(table.length - FOOTER_BYTES))
  readPlace(footer)
  const [place] = readIndex(blockContent(table, readPlace(footer)))
  if (place === undefined) throw new RangeError('it is empty')
  const entry = new FieldReader(blockContent(table, place))
  // How much the key shares with the one before: there is none.
  entry.varint()
  const [keyBytes, valueBytes] = [entry.varint(), entry.varint()]
  const key = entry.bytes(keyBytes - KEY_SUFFIX_BYTES)
  const sequence = entry.bytes(KEY_SUFFIX_BYTES).readBigUInt64LE() >> 8n
  return { key, value: entry.bytes(valueBytes), sequence }
}

function checkBlock(table: Buffer, { offset, size }: Place): void {
  const crc = table.readUInt32LE(offset + size + 1)
  if (crc !== maskedCrc32c(table.subarray(offset, offset + size + 1))) {
    throw new RangeError(`the checksum of the block at byte ${offset} is wrong`)
  }
}

function blockContent(table: Buffer, { offset, size }: Place): Buffer {
  const content = table.subarray(offset, offset + size)
  return table[offset + size] === SNAPPY ? unsnap(content) : content
}

/** Behind the entries stands where some of them begin, and how many those are. Each entry is a key and the place of a block. */
function* readIndex(index: Buffer): Generator<Place> {
  const restarts = index.readUInt32LE(index.length - 4)
  const entries = new FieldReader(index.subarray(0, index.length - 4 * (restarts + 1)))
  while (!entries.atEnd) {
    // How much the key shares with the one before: nothing, in an index.
    entries.varint()
    const [keyBytes, placeBytes] = [entries.varint(), entries.varint()]
    entries.bytes(keyBytes)
    yield readPlace(new FieldReader(entries.bytes(placeBytes)))
  }
}

function readPlace(fields: FieldReader): Place {
  return { offset: fields.varint(), size: fields.varint() }
}
