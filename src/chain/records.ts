import { bytesOfHex, concatBytes, hexOf, textOf, utf8 } from '../primitives/bytes.js'
import { StoreDamaged } from '../primitives/errors.js'
import { readU32, u32 } from './layout.js'

/** Version of the layout; a store of another one is not opened. */
const FORMAT = 2

/** Where the active chain ends. */
export interface TipRecord {
  readonly height: number
  readonly weight: bigint
  /** The branch that holds the last block, and to which the next one is appended. */
  readonly branch: number
  /** The first branch number that was never used. */
  readonly nextBranch: number
}

export function encodeTip(tip: TipRecord): Uint8Array {
  return utf8(JSON.stringify({ format: FORMAT, ...tip, weight: String(tip.weight) }))
}

export function decodeTip(value: Uint8Array): TipRecord {
  const { format, height, weight, branch, nextBranch } = JSON.parse(textOf(value))
  if (format !== FORMAT) {
    throw new StoreDamaged(`the store has format ${format}, and this version of the program reads format ${FORMAT}`)
  }
  return { height, weight: BigInt(weight), branch, nextBranch }
}

/** One block of the active chain: 37 bytes, and those of the weight where it is kept. */
export interface ActiveRecord {
  readonly branch: number
  /** Found by this node's miner, so that what it holds was acknowledged here. */
  readonly mined: boolean
  readonly hash: string
  /** Of the chain up to this block; kept where other chains may branch off at any block. */
  readonly weight?: bigint
}

export function encodeActive({ branch, mined, hash, weight }: ActiveRecord): Uint8Array {
  const weightBytes = weight === undefined ? NO_BYTES : bytesOfHex(evenHex(weight))
  return concatBytes([u32(branch), Uint8Array.of(mined ? 1 : 0), bytesOfHex(hash), weightBytes])
}

export function decodeActive(value: Uint8Array): ActiveRecord {
  const [hash, weight] = [hexOf(value.subarray(5, WEIGHT_AT)), hexOf(value.subarray(WEIGHT_AT))]
  return { branch: readU32(value), mined: value[4] === 1, hash, ...(weight && { weight: BigInt(`0x${weight}`) }) }
}

const NO_BYTES = new Uint8Array(0)
const WEIGHT_AT = 37

function evenHex(number: bigint): string {
  const hex = number.toString(16)
  return hex.length % 2 === 0 ? hex : `0${hex}`
}
