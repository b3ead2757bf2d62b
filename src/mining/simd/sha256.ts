/**
 * SHA-256 taken apart, as mining needs it: the state after a block that does not change is computed once.
 * Names and numbers are those of FIPS 180-4; all words are unsigned, of 32 bits.
 */

/** The eight words that stand between two blocks. */
export type HashState = Uint32Array

export const BLOCK_BYTES = 64
export const ROUNDS = 64

const PRIMES = firstPrimes(ROUNDS)

/** K, 4.2.2: the first 32 bits behind the point of the cube roots of the first 64 primes. */
export const ROUND_CONSTANTS = Uint32Array.from(PRIMES, (prime) => fractionOfRoot(prime, 3))

/** H(0), 5.3.3: the same of the square roots of the first eight. */
export const INITIAL_STATE: HashState = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fractionOfRoot(prime, 2))

/** How far a word is turned or, the last of three for the schedule, shifted to the right: 4.1.2. */
export const SIGMA = {
  /** Σ0 and Σ1, of the rounds. */
  big: [
    [2, 13, 22],
    [6, 11, 25],
  ],
  /** σ0 and σ1, of the schedule. */
  small: [
    [7, 18, 3],
    [17, 19, 10],
  ],
} as const

export function smallSigma(which: 0 | 1, word: number): number {
  const [first, second, shift] = SIGMA.small[which]
  return (turned(word, first) ^ turned(word, second) ^ (word >>> shift)) >>> 0
}

/** The schedule W of a block of 16 words: 64 words. */
export function expandSchedule(block: Uint32Array): Uint32Array {
  const w = new Uint32Array(ROUNDS)
  w.set(block)
  for (let t = 16; t < ROUNDS; t++) w[t] = smallSigma(1, w[t - 2]!) + w[t - 7]! + smallSigma(0, w[t - 15]!) + w[t - 16]!
  return w
}

type Variables = [a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number]

/** The working variables a to h after some more rounds, from `from` up to but without `to`. */
export function rounds(state: HashState, w: Uint32Array, from: number, to: number): HashState {
  let variables = [...state] as Variables
  for (let t = from; t < to; t++) {
    const [a, b, c, d, e, f, g, h] = variables
    const t1 = h + bigSigma(1, e) + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[t]! + w[t]!
    const t2 = bigSigma(0, a) + ((a & b) ^ (a & c) ^ (b & c))
    variables = [t1 + t2, a, b, c, d + t1, e, f, g].map((sum) => sum >>> 0) as Variables
  }
  return Uint32Array.from(variables)
}

/** The state after one more block. */
export function compress(state: HashState, block: Uint32Array): HashState {
  const variables = rounds(state, expandSchedule(block), 0, ROUNDS)
  return state.map((word, i) => word + variables[i]!)
}

/** The words of some bytes, whose number is a multiple of four: the first byte of each is its highest. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4))
}

/** A message filled up to whole blocks, 5.1.1: a one, zeros, and its length in bits. */
export function padded(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES)
  bytes.set(message)
  bytes[message.length] = 0x80
  new DataView(bytes.buffer).setBigUint64(bytes.length - 8, BigInt(message.length) * 8n)
  return bytes
}

function bigSigma(which: 0 | 1, word: number): number {
  const [first, second, third] = SIGMA.big[which]
  return (turned(word, first) ^ turned(word, second) ^ turned(word, third)) >>> 0
}

function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes
}

function fractionOfRoot(n: number, degree: 2 | 3): number {
  const power = BigInt(degree)
  const radicand = BigInt(n) << (32n * power)
  // Bit by bit from above: of the largest prime's roots the integer part has five bits.
  let root = 0n
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) if ((root + bit) ** power <= radicand) root += bit
  return Number(BigInt.asUintN(32, root))
}
