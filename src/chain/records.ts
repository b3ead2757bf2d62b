import { bytesOfHex, concatBytes, hexOf, textOf, utf8 } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import { readU32, u32 } from './layout.js'

/** Version of the layout; a store of another one is not opened. */
export type Format = 2 | 3

/** Where blocks beside the chain are kept, the index of the active chain holds more. */
export function formatOf({ tree }: { readonly tree?: unknown }): Format {
  return tree === undefined ? 2 : 3
}

/** Where the active chain ends. */
export interface TipRecord {
  readonly height: number
  readonly weight: bigint
  /** The branch that holds the last block, and to which the next one is appended. */
  readonly branch: number
  /** The first branch number that was never used. */
  readonly nextBranch: number
}

export function encodeTip(tip: TipRecord, format: Format): Uint8Array {
  return utf8(JSON.stringify({ format, ...tip, weight: String(tip.weight) }))
}

/** @throws StoreDamaged */
export function decodeTip(value: Uint8Array, expected: Format): TipRecord {
  const { format, height, weight, branch, nextBranch } = JSON.parse(textOf(value))
  if (format !== expected) {
    throw new StoreDamaged(`the store has format ${format}, and this version of the program reads format ${expected}`)
  }
  return { height, weight: BigInt(weight), branch, nextBranch }
}

/** One block of the active chain: 37 bytes, and those of its place in the tree where one is kept. */
export interface ActiveRecord {
  readonly branch: number
  /** Found by this node's miner, so that what it holds was acknowledged here. */
  readonly mined: boolean
  readonly hash: string
  /** Kept where other chains may branch off at any block. */
  readonly inTree?: {
    /** Of the chain up to this block. */
    readonly weight: bigint
    /** `TreeRules.headerOf`, at most 255 bytes: of others the headers are asked for without the blocks. */
    readonly header: Uint8Array
  }
}

export function encodeActive({ branch, mined, hash, inTree }: ActiveRecord): Uint8Array {
  const record = [u32(branch), Uint8Array.of(mined ? 1 : 0), bytesOfHex(hash)]
  if (inTree !== undefined) {
    record.push(Uint8Array.of(inTree.header.length), inTree.header, bytesOfHex(evenHex(inTree.weight)))
  }
  return concatBytes(record)
}

export function decodeActive(value: Uint8Array): ActiveRecord {
  const record = { branch: readU32(value), mined: value[4] === 1, hash: hexOf(value.subarray(5, TREE_AT)) }
  if (value.length === TREE_AT) return record
  const weightAt = TREE_AT + 1 + value[TREE_AT]!
  const header = value.slice(TREE_AT + 1, weightAt)
  return { ...record, inTree: { header, weight: BigInt(`0x${hexOf(value.subarray(weightAt))}`) } }
}

const TREE_AT = 37

function evenHex(number: bigint): string {
  const hex = number.toString(16)
  return hex.length % 2 === 0 ? hex : `0${hex}`
}
