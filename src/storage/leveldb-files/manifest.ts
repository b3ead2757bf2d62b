import { FieldReader } from './field-reader.js'
import { readLog } from './log.js'

/** The files of which a LevelDB folder consists, as its manifest has it. */
export interface Version {
  /** Of the first log that is not in the tables yet. */
  readonly logNumber: number
  /** Bytes of each table, by its number. */
  readonly tables: ReadonlyMap<number, number>
}

/** What an edit of the version says, and which fields follow it. */
const TAG = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  prevLogNumber: 9,
} as const

/**
 * Reads a manifest: a log of edits. The last one may be cut off: then it had not come into force.
 * @throws RangeError where it is damaged
 */
export function readManifest(manifest: Buffer): Version {
  const version = { logNumber: 0, tables: new Map<number, number>() }
  let damagedAt: number | undefined
  for (const { at, record } of readLog(manifest)) {
    if (record === undefined) damagedAt ??= at
    else if (damagedAt !== undefined) throw new RangeError(`the record at byte ${damagedAt}`)
    else applyEdit(version, new FieldReader(record))
  }
  // That one came into force with the manifest itself.
  if (version.logNumber === 0) {
    throw new RangeError(damagedAt === undefined ? 'it names no log' : `the record at byte ${damagedAt}`)
  }
  return version
}

function applyEdit(version: { logNumber: number; tables: Map<number, number> }, edit: FieldReader): void {
  while (!edit.atEnd) {
    const tag = edit.varint()
    switch (tag) {
      case TAG.comparator:
        edit.prefixedBytes()
        break
      case TAG.logNumber:
        version.logNumber = edit.varint()
        break
      case TAG.nextFileNumber:
      case TAG.lastSequence:
      case TAG.prevLogNumber:
        edit.varint()
        break
      case TAG.compactPointer:
        edit.varint()
        edit.prefixedBytes()
        break
      case TAG.deletedFile:
        edit.varint()
        version.tables.delete(edit.varint())
        break
      case TAG.newFile: {
        edit.varint()
        const number = edit.varint()
        version.tables.set(number, edit.varint())
        // The smallest and the largest key.
        edit.prefixedBytes()
        edit.prefixedBytes()
        break
      }
      default:
        throw new RangeError(`it has a field of kind ${tag}`)
    }
  }
}
