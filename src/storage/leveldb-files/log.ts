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
 * Reads a log or a manifest, and goes on behind damage: LevelDB itself drops whatever stands behind it in the same 32 KiB.
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
  /** Undefined where there is none that can be read. */
  readonly payload: Buffer | undefined
}

function* fragments(log: Buffer): Generator<Fragment> {
  for (let at = 0; at < log.length; ) {
    const blockEnd = at - (at % BLOCK_BYTES) + BLOCK_BYTES
    // What is left of a block and too short for a header is not used.
    if (blockEnd - at < HEADER_BYTES) {
      at = blockEnd
      continue
    }
    const payload = soundPayload(log, at, blockEnd)
    yield { at, type: log[at + 6] ?? 0, payload }
    // The length may be what is damaged: the next fragment is where one is sound again.
    at = payload === undefined ? nextSound(log, at + 1, blockEnd) : at + HEADER_BYTES + payload.length
  }
}

function nextSound(log: Buffer, from: number, blockEnd: number): number {
  let at = from
  while (at < blockEnd && soundPayload(log, at, blockEnd) === undefined) at++
  return at
}

/** What the fragment at a place holds; undefined where its header and its bytes do not agree. */
function soundPayload(log: Buffer, at: number, blockEnd: number): Buffer | undefined {
  const payloadAt = at + HEADER_BYTES
  if (payloadAt > log.length) return undefined
  const end = payloadAt + log.readUInt16LE(at + 4)
  const isSound =
    log[at + 6]! <= LAST &&
    end <= Math.min(blockEnd, log.length) &&
    log.readUInt32LE(at) === maskedCrc32c(log.subarray(at + 6, end))
  return isSound ? log.subarray(payloadAt, end) : undefined
}
