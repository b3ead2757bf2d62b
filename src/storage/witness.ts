import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

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

  static open(file: string): Witness {
    return new Witness(openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o600))
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

/** How many writes a witness saw; 0 where there is none, or none that can be read. */
export function readWitness(file: string): number {
  try {
    const bytes = readFileSync(file)
    const count = Number(bytes.readBigUInt64BE(0))
    return encode(count).equals(bytes) ? count : 0
  } catch {
    return 0
  }
}

function encode(count: number): Buffer {
  const bytes = Buffer.alloc(BYTES)
  bytes.writeBigUInt64BE(BigInt(count), 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  return bytes
}
