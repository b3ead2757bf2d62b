import { bytesOfHex } from '../primitives/bytes.js'

/** The field of Curve25519, and d of the curve −x² + y² = 1 + d·x²·y² (RFC 8032, 5.1). */
const P = 2n ** 255n - 19n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/**
 * y of the eight points whose order divides 8, each with both of its x: the neutral point, the one of order 2, the two of order 4, the four
 * of order 8. Little-endian, as in a key, without the bit of the sign.
 */
const SMALL_ORDER_Y = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(bytesOfHex)

/** Whether y < p: else the same point has a second encoding. @param key 32 bytes */
export function isCanonicalKey(key: Uint8Array): boolean {
  // p is ed ff … ff 7f.
  if (key[0]! < 0xed || (key[31]! & 0x7f) !== 0x7f) return true
  for (let i = 1; i < 31; i++) if (key[i] !== 0xff) return true
  return false
}

/**
 * Whether 8·A is the neutral point, for which signatures can be made that hold for any message; whichever the sign. So this tells the two
 * encodings with x = 0 and the sign bit too, which RFC 8032 forbids: x is 0 only where y is 1 or −1.
 * @param key 32 bytes of which y < p
 */
export function isSmallOrderKey(key: Uint8Array): boolean {
  return SMALL_ORDER_Y.some((y) => {
    for (let i = 0; i < 31; i++) if (key[i] !== y[i]) return false
    return (key[31]! & 0x7f) === y[31]
  })
}

/**
 * Whether there is an x for the key's y: x² = (y² − 1) / (d·y² + 1). Takes a seventh of the time of checking a signature.
 * @param key 32 bytes
 * @see RFC 8032, 5.1.3, which also finds the root
 */
export function isOnCurve(key: Uint8Array): boolean {
  const yy = yOf(key) ** 2n
  // u/v is a square where u·v is one. v is never 0: −1 is a square and d is none.
  return jacobi((yy - 1n) * (D * yy + 1n), P) !== -1
}

function yOf(key: Uint8Array): bigint {
  let y = BigInt(key[31]! & 0x7f)
  for (let i = 30; i >= 0; i--) y = (y << 8n) | BigInt(key[i]!)
  return y
}

/**
 * The Jacobi symbol (a/n): for a prime n it is 1 where a is a square mod n, 0 where a is 0, else −1. Much faster than a power by (n − 1)/2.
 * @param a not negative
 * @param n odd, positive
 */
function jacobi(a: bigint, n: bigint): number {
  let [top, bottom, symbol] = [a % n, n, 1]
  while (top !== 0n) {
    for (; (top & 1n) === 0n; top >>= 1n) {
      const rest = bottom & 7n
      if (rest === 3n || rest === 5n) symbol = -symbol
    }
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) symbol = -symbol
    ;[top, bottom] = [bottom % top, top]
  }
  return bottom === 1n ? symbol : 0
}
