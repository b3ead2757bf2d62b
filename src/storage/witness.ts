import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreDamaged } from '../primitives/errors.js'
import { syncFolder } from './sync-folder.js'

const BYTES = 12

/**
 * A file beside the store that says how many synced writes it acknowledged. It is written after each of them and not synced itself:
 * so it may lag behind the store after a power failure, and where it is ahead the store has lost something.
 */
export class Witness {
  readonly #descriptor: number

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Makes one that has seen nothing, and has it on the disk: from the first write on it must not be missing. */
  static create(file: string): Witness {
    writeFileSync(`${file}.new`, encode(0), { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
    syncFolder(dirname(file))
    return Witness.open(file)
  }

  static open(file: string): Witness {
    return new Witness(openSync(file, 'r+'))
  }

  /** Writes the count, or leaves the one before, where the disk takes no more. */
  tryWrite(count: number): void {
    try {
      writeSync(this.#descriptor, encode(count), 0, BYTES, 0)
    } catch {
      // It may lag behind.
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/**
 * How many writes a witness saw; undefined where it is missing.
 * @throws StoreDamaged where it cannot be read
 */
export function readWitness(file: string): number | undefined {
  if (!existsSync(file)) return undefined
  const bytes = readFileSync(file)
  const count = bytes.length === BYTES ? Number(bytes.readBigUInt64BE(0)) : 0
  if (!encode(count).equals(bytes)) throw new StoreDamaged(`${file} is damaged`)
  return count
}

function encode(count: number): Buffer {
  const bytes = Buffer.alloc(BYTES)
  bytes.writeBigUInt64BE(BigInt(count), 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  return bytes
}
