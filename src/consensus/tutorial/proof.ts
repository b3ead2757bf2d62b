import { sha256Hex } from '#crypto'
import type { DecimalJob } from '../job.js'

/**
 * The two programs in circulation. `article`: the proof follows from the proof before alone. `bound`: the program on
 * GitHub today, where it follows from the hash of the block before as well.
 */
export type Edition = 'article' | 'bound'

export function otherEdition(edition: Edition): Edition {
  return edition === 'article' ? 'bound' : 'article'
}

/** The puzzle that a block sets its successor. */
export function jobAfter(edition: Edition, zeros: number, last: { proof: string; hash: string }): DecimalJob {
  return { kind: 'decimal', before: last.proof, after: edition === 'bound' ? last.hash : '', zeros }
}

/** @param proof as Python's `str()` prints it */
export function solves(job: DecimalJob, proof: string): boolean {
  return sha256Hex(job.before + proof + job.after).startsWith('0'.repeat(job.zeros))
}
