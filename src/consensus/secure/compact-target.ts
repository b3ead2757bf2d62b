/** The highest number that a block's hash may be: 0 < target < 2^256. */
export type Target = bigint

const SIGN_BIT = 0x00800000
const MANTISSA = 0x007fffff

/**
 * Target of its compact form: a byte of size, and the highest three bytes of the number.
 * @param bits u32
 * @returns undefined where it is negative, zero or does not fit into 256 bits
 * @see Bitcoin Core arith_uint256::SetCompact
 */
export function targetOf(bits: number): Target | undefined {
  const size = bits >>> 24
  const word = bits & MANTISSA
  // Core shifts out first: a mantissa of which nothing is left is zero, and zero is never negative.
  const target = size <= 3 ? BigInt(word >>> (8 * (3 - size))) : BigInt(word) << BigInt(8 * (size - 3))
  const isNegative = word !== 0 && (bits & SIGN_BIT) !== 0
  const isTooLarge = word !== 0 && (size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32))
  return isNegative || isTooLarge || target === 0n ? undefined : target
}

/**
 * Compact form of a target, truncated to the three highest bytes.
 * @returns u32
 * @see Bitcoin Core arith_uint256::GetCompact
 */
export function compactOf(target: Target): number {
  let size = Math.ceil(target.toString(16).length / 2)
  let word = Number(size <= 3 ? target << BigInt(8 * (3 - size)) : target >> BigInt(8 * (size - 3)))
  // The highest bit of the mantissa is its sign.
  if ((word & SIGN_BIT) !== 0) {
    word >>>= 8
    size++
  }
  return ((size << 24) | word) >>> 0
}

/**
 * Expected number of hashes to find a block: floor(2^256 / (target + 1)).
 * @see Bitcoin Core GetBlockProof
 */
export function blockWork(target: Target): bigint {
  return 2n ** 256n / (target + 1n)
}

/** 8 hex digits, most significant first. */
export function bitsText(bits: number): string {
  return bits.toString(16).padStart(8, '0')
}

/** @param hex 8 hex digits, most significant first */
export function bitsOfText(hex: string): number {
  return Number.parseInt(hex, 16)
}
