import { sha256Hex } from '#crypto'
import type { Job } from '../consensus/rules.js'

/**
 * Searches some candidates of a job, from `start` on.
 * @returns the smallest solution among them, or undefined
 */
export function searchRange(job: Job, start: number, count: number): number | undefined {
  const target = '0'.repeat(job.zeros)
  for (let proof = start; proof < start + count; proof++) {
    if (sha256Hex(job.before + proof + job.after).startsWith(target)) return proof
  }
  return undefined
}

/** How many hashes a search takes on average: each hex zero is met once in 16. */
export function expectedHashes(job: Job): number {
  return 16 ** job.zeros
}
