import { utf8 } from '../primitives/bytes.js'
import type { KeyRange } from './store.js'

/**
 * The keys of the store, all in this file. Numbers are big-endian, so that keys sort as the numbers do.
 *
 * | key | value |
 * |---|---|
 * | `T` | the tip: JSON of `TipRecord` |
 * | `B` branch u32, height u32 | an encoded block |
 * | `U` branch u32, height u32 | what undoes the block, where the rules need it |
 * | `A` height u32 | the active chain: `ActiveRecord`, which names the branch that holds the block |
 * | `H` hash, 32 bytes | height u32 of the active block of that hash |
 * | `D` digest 16 bytes, height u32, branch u32 | the positions, u32 each, of the block's transactions with that id, or which name the address of that digest |
 * | `O` hash, 32 bytes | a block beside the active chain: what is known of it, see `side-blocks.ts` |
 * | `X` hash, 32 bytes | that block, encoded |
 * | `S` branch u32 | empty: a branch that is being gathered, and rubbish after a crash |
 * | `L` ledger key | a value of the rule set's ledger |
 * | `P` sequence u48 | an encoded pending transaction |
 * | `N` host:port | empty: a registered peer |
 *
 * A store may keep something of its own under the key of one zero byte.
 *
 * Blocks lie under the branch that they came with, not under their hash: a tutorial chain may begin anywhere, so the same block
 * can stand at two heights of two chains, and one of them must be free to go. The active chain's branches rise with the heights, so
 * that its blocks lie in their order, with at most those of branches between them that are being gathered. What is found under `D`
 * counts only where the branch is the active one at that height: it is written with the block, so that the batch that switches
 * chains stays small.
 */
export const TIP_KEY = utf8('T')

export function blockKey(branch: number, height: number): Uint8Array {
  return key('B', u32(branch), u32(height))
}

export function readBlockKey(blockKey: Uint8Array): { branch: number; height: number } {
  return { branch: readU32(blockKey, 1), height: readU32(blockKey, 5) }
}

export function undoKey(branch: number, height: number): Uint8Array {
  return key('U', u32(branch), u32(height))
}

export function activeKey(height: number): Uint8Array {
  return key('A', u32(height))
}

export function heightOfActiveKey(activeKey: Uint8Array): number {
  return readU32(activeKey, 1)
}

/** @param to the first height that is not in the range */
export function activeRange(from: number, to: number): KeyRange {
  return { from: activeKey(from), to: activeKey(to) }
}

export function hashKey(hash: Uint8Array): Uint8Array {
  return key('H', hash)
}

/** The heights whose blocks' hashes begin with the bytes from `from` up to, not including, `to`. */
export function hashRange({ from, to }: KeyRange): KeyRange {
  return { from: key('H', from), to: key('H', to) }
}

export const DIGEST_BYTES = 16

export function placeKey(digest: Uint8Array, height: number, branch: number): Uint8Array {
  const end = 1 + DIGEST_BYTES
  const placeKey = new Uint8Array(end + 8)
  placeKey[0] = 'D'.charCodeAt(0)
  placeKey.set(digest, 1)
  writeU32(placeKey, end, height)
  return writeU32(placeKey, end + 4, branch)
}

export function readPlaceKey(key: Uint8Array): { digest: Uint8Array; height: number; branch: number } {
  const digest = key.subarray(1, 1 + DIGEST_BYTES)
  return { digest, height: readU32(key, 1 + DIGEST_BYTES), branch: readU32(key, 5 + DIGEST_BYTES) }
}

/** What stands under the digests from `from` up to, not including, `to`. */
export function placeRange({ from, to }: KeyRange): KeyRange {
  return { from: key('D', from), to: key('D', to) }
}

/** What is known of a block beside the active chain. */
export function sideKey(hash: Uint8Array): Uint8Array {
  return key('O', hash)
}

export function hashOfSideKey(sideKey: Uint8Array): Uint8Array {
  return sideKey.subarray(1)
}

export const SIDE_RANGE: KeyRange = { from: utf8('O'), to: utf8('P') }

export function sideBlockKey(hash: Uint8Array): Uint8Array {
  return key('X', hash)
}

export function stagedKey(branch: number): Uint8Array {
  return key('S', u32(branch))
}

export const STAGED_RANGE: KeyRange = { from: utf8('S'), to: utf8('T') }

export function branchOfStagedKey(stagedKey: Uint8Array): number {
  return readU32(stagedKey, 1)
}

export function branchRange(branch: number): KeyRange {
  return { from: blockKey(branch, 0), to: blockKey(branch + 1, 0) }
}

export function ledgerKey(name: string): Uint8Array {
  return key('L', utf8(name))
}

export const LEDGER_RANGE: KeyRange = { from: utf8('L'), to: utf8('M') }

export function pendingKey(sequence: number): Uint8Array {
  const bytes = new Uint8Array(6)
  new DataView(bytes.buffer).setUint16(0, Math.floor(sequence / 2 ** 32))
  new DataView(bytes.buffer).setUint32(2, sequence % 2 ** 32)
  return key('P', bytes)
}

export function sequenceOfPendingKey(pendingKey: Uint8Array): number {
  const view = new DataView(pendingKey.buffer, pendingKey.byteOffset)
  return view.getUint16(1) * 2 ** 32 + view.getUint32(3)
}

export const PENDING_RANGE: KeyRange = { from: utf8('P'), to: utf8('Q') }

export function peerKey(address: string): Uint8Array {
  return key('N', utf8(address))
}

export const PEER_RANGE: KeyRange = { from: utf8('N'), to: utf8('O') }

export function u32(value: number): Uint8Array {
  return writeU32(new Uint8Array(4), 0, value)
}

// By hand: a DataView for each number costs more than all else that is done to make a key.
function writeU32(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
  return bytes
}

export function readU32(bytes: Uint8Array, at = 0): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function key(prefix: string, ...parts: Uint8Array[]): Uint8Array {
  const key = new Uint8Array(parts.reduce((size, part) => size + part.length, 1))
  key[0] = prefix.charCodeAt(0)
  let at = 1
  for (const part of parts) {
    key.set(part, at)
    at += part.length
  }
  return key
}
