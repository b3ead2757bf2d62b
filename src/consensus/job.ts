import { sha256, sha256Hex } from '#crypto'
import { bytesOfHex } from '../primitives/bytes.js'
import { HeaderCandidates, type HeaderJob } from './header-job.js'

/**
 * Work for a miner. Its candidates are numbered, from 0 up to 2^53; each has a hash, and one whose hash is small enough solves the job.
 * A number is all that a miner has to say of what it found.
 */
export type Job = DecimalJob | HeaderJob
export type JobKind = Job['kind']

/**
 * The tutorial's work: candidate p is the text `before + p + after`, p in decimal, and its hash the SHA-256 of that. It solves the job
 * where the hash in hex begins with `zeros` zeros. Only the smallest will do: that is what each Python node finds.
 */
export interface DecimalJob {
  readonly kind: 'decimal'
  readonly before: string
  readonly after: string
  readonly zeros: number
}

/** Says of candidates of a job whether they solve it. */
export function solverOf(job: Job): (candidate: number) => boolean {
  if (job.kind === 'decimal') {
    const { before, after, zeros } = job
    const target = '0'.repeat(zeros)
    return (candidate) => sha256Hex(before + candidate + after).startsWith(target)
  }
  const candidates = new HeaderCandidates(job)
  const target = littleEndian(job.target)
  return (candidate) => isAtMost(sha256(sha256(candidates.headerOf(candidate))), target)
}

/** How many hashes a search takes on average. */
export function expectedHashes(job: Job): number {
  // Each hex zero is met once in 16.
  return job.kind === 'decimal' ? 16 ** job.zeros : 2 ** 256 / (Number(job.target) + 1)
}

/** 32 bytes, the lowest first. */
function littleEndian(number: bigint): Uint8Array {
  return bytesOfHex(number.toString(16).padStart(64, '0')).reverse()
}

/** Compares numbers of the same length whose lowest bytes come first. */
function isAtMost(number: Uint8Array, most: Uint8Array): boolean {
  for (let i = number.length - 1; i >= 0; i--) if (number[i] !== most[i]) return number[i]! < most[i]!
  return true
}
