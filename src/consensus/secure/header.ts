import type { UnixSeconds } from '../../primitives/time.js'
import type { Target } from './compact-target.js'
import { sha256d } from './hash.js'

/** Bitcoin's header: hashes are in the order in which they are hashed. */
export interface Header {
  /** i32 */
  readonly version: number
  readonly previousHash: Uint8Array
  readonly merkleRoot: Uint8Array
  /** u32 */
  readonly timestamp: UnixSeconds
  /** The target, in compact form: u32. */
  readonly bits: number
  /** What a miner tries: u32. */
  readonly proof: number
}

export const HEADER_BYTES = 80

/** What a version is but for the miner's bits. */
export const VERSION = 0x20000000
/** The bits of the version that a miner may set: 13 to 28 (BIP 320). */
export const VERSION_MASK = 0x1fffe000

export function isVersion(version: number): boolean {
  return (version & ~VERSION_MASK) === VERSION
}

/** 80 bytes, numbers with the lowest byte first. */
export function encodeHeader({ version, previousHash, merkleRoot, timestamp, bits, proof }: Header): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, version, true)
  bytes.set(previousHash, 4)
  bytes.set(merkleRoot, 36)
  view.setUint32(68, timestamp, true)
  view.setUint32(72, bits, true)
  view.setUint32(76, proof, true)
  return bytes
}

/** Reads 80 bytes. */
export function decodeHeader(header: Uint8Array): Header {
  const view = new DataView(header.buffer, header.byteOffset)
  return { ...readMined(header), previousHash: header.slice(4, 36), bits: view.getUint32(72, true) }
}

/** What of a header's 80 bytes a miner may have set, besides the merkle root. */
export function readMined(
  header: Uint8Array,
): Pick<Header, 'version' | 'timestamp' | 'proof'> & { merkleRoot: Uint8Array } {
  const view = new DataView(header.buffer, header.byteOffset)
  return {
    version: view.getInt32(0, true),
    merkleRoot: header.slice(36, 68),
    timestamp: view.getUint32(68, true),
    proof: view.getUint32(76, true),
  }
}

export function headerHash(header: Header): Uint8Array {
  return sha256d(encodeHeader(header))
}

/** Whether a hash, read as a number whose lowest byte comes first, is no higher than a target. */
export function isAtMost(hash: Uint8Array, target: Target): boolean {
  let number = 0n
  const view = new DataView(hash.buffer, hash.byteOffset)
  for (let at = 24; at >= 0; at -= 8) number = (number << 64n) | view.getBigUint64(at, true)
  return number <= target
}
