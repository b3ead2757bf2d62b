import { maskedCrc32c } from './crc32c.js'

const BLOCK_BYTES = 32 * 1024
/** Checksum u32, length u16, type u8, little-endian. */
const HEADER_BYTES = 7
/** A record is one FULL fragment, or a FIRST, any number of others and a LAST. */
const FULL = 1
const FIRST = 2
const LAST = 4

/** A record, or a place where there is none that can be read. */
export interface LogPiece {
  /** Where it begins. */
  readonly at: number
  readonly record: Buffer | undefined
}

/**
 * Reads a log or a manifest, and goes on behind damage: LevelDB itself drops whatever stands in the same 32 KiB.
 * @see https://github.com/google/leveldb/blob/main/doc/log_format.md
 */
export function* readLog(log: Buffer): Generator<LogPiece> {
  let begun: { at: number; parts: Buffer[] } | undefined
  for (const { at, type, payload } of fragments(log)) {
    const begins = type === FULL || type === FIRST
    if (begun !== undefined && (begins || payload === undefined)) {
      yield { at: begun.at, record: undefined }
      begun = undefined
    }
    if (payload === undefined || (!begins && begun === undefined)) {
      yield { at, record: undefined }
      continue
    }
    begun ??= { at, parts: [] }
    begun.parts.push(payload)
    if (type === FULL || type === LAST) {
      yield { at: begun.at, record: Buffer.concat(begun.parts) }
      begun = undefined
    }
  }
  if (begun !== undefined) yield { at: begun.at, record: undefined }
}

interface Fragment {
  readonly at: number
  readonly type: number
  /** Undefined where header and bytes do not agree. */
  readonly payload: Buffer | undefined
}

function* fragments(log: Buffer): Generator<Fragment> {
  for (let at = 0; at < log.length; ) {
    const roomInBlock = BLOCK_BYTES - (at % BLOCK_BYTES)
    // What is left of a block and too short for a header is not used.
    if (roomInBlock < HEADER_BYTES) {
      at += roomInBlock
      continue
    }
    const end = at + HEADER_BYTES + (at + HEADER_BYTES <= log.length ? log.readUInt16LE(at + 4) : 0)
    if (end > log.length || end - at > roomInBlock) {
      // The length is damaged or cut off: what follows it in this block cannot be found.
      yield { at, type: 0, payload: undefined }
      at += roomInBlock
      continue
    }
    const isSound = log.readUInt32LE(at) === maskedCrc32c(log.subarray(at + 6, end))
    yield { at, type: log[at + 6]!, payload: isSound ? log.subarray(at + HEADER_BYTES, end) : undefined }
    at = end
  }
}
