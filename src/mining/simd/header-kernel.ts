import { HeaderCandidates, type HeaderJob, type HeaderSpace, LANES } from '../../consensus/header-job.js'
import { solverOf } from '../../consensus/job.js'
import type { CandidateSearch } from '../candidate-search.js'
import {
  constants,
  digestSchedule,
  digestStart,
  headerSchedule,
  headerSearch,
  headerTerms,
  hit,
  lastInitial,
  limit,
  NONCE_WORD,
  VERSION_BYTES,
  versions,
} from './header-code.js'
import { type Instance, instantiate } from './instance.js'
import { BLOCK_BYTES, compress, INITIAL_STATE, ROUND_CONSTANTS, rounds, wordsOf } from './sha256.js'

/** Padding of the second hash, whose message has 256 bits. */
const DIGEST_BLOCK = Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x8000_0000, 0, 0, 0, 0, 0, 0, 256)

/** Searches headers with SIMD instructions. */
export class HeaderKernel {
  readonly #instance: Instance = instantiate(headerSearch(), versions.end)

  constructor() {
    const { memory } = this.#instance
    constants.fill(memory, ROUND_CONSTANTS)
    digestSchedule.prepare(memory, DIGEST_BLOCK)
    digestStart.fill(memory, rounds(INITIAL_STATE, new Uint32Array(16), 0, 1))
    lastInitial.fill(memory, [INITIAL_STATE[7]!])
  }

  begin(job: HeaderJob): CandidateSearch {
    limit.fill(this.#instance.memory, [Number(job.target >> 224n)])
    const candidates = new HeaderCandidates(job)
    const solves = solverOf(job)
    let prepared: HeaderSpace | undefined
    return {
      search: (from, to) => {
        for (let next = from; next < to; ) {
          const space = candidates.spaceOf(next)
          if (space !== prepared) this.#prepare(space)
          prepared = space
          const end = Math.min(to, space.first + space.size)
          for (const candidate of this.#hits(space, next, end)) if (solves(candidate)) return candidate
          next = end
        }
        return undefined
      },
    }
  }

  /** Does what is the same for all nonces. */
  #prepare({ headers }: HeaderSpace): void {
    const { memory } = this.#instance
    const block = secondBlock(headers[0]!)
    const fixed = headerSchedule.prepare(memory, block)
    for (const [t, word] of fixed) headerTerms.fill(memory, [(word + ROUND_CONSTANTS[t]!) >>> 0], t)
    const rows = headers.flatMap((header) => {
      const state = compress(INITIAL_STATE, wordsOf(header.subarray(0, BLOCK_BYTES)))
      return [...rounds(state, block, 0, NONCE_WORD + 1), ...state]
    })
    versions.fill(memory, rows)
  }

  /** The candidates from `from` up to but without `to` whose highest 32 bits are small enough. */
  *#hits({ first, headers }: HeaderSpace, from: number, to: number): Generator<number> {
    const { memory, call } = this.#instance
    // Four nonces for a version are a step, and the steps of all versions for the same nonces are a row.
    const lastStep = Math.ceil((to - first) / LANES)
    let step = Math.floor((from - first) / LANES)
    while (step < lastStep) {
      const [row, version] = [Math.floor(step / headers.length), step % headers.length]
      const lastRow = Math.ceil(lastStep / headers.length)
      const isHit = call(row * LANES, lastRow * LANES, addressOf(version), addressOf(headers.length))
      if (isHit === 0) return
      const nonce = memory.getUint32(hit.address, true)
      const place = (memory.getUint32(hit.address + 4, true) - versions.address) / VERSION_BYTES
      step = (nonce / LANES) * headers.length + place
      const lanes = memory.getUint32(hit.address + 8, true)
      for (let lane = 0; lane < LANES; lane++) {
        const candidate = first + step * LANES + lane
        if ((lanes >> lane) & 1 && candidate >= from && candidate < to) yield candidate
      }
      step++
    }
  }
}

function addressOf(version: number): number {
  return versions.address + version * VERSION_BYTES
}

/** The last 16 bytes of a header without its nonce, and the padding of a message of 640 bits. */
function secondBlock(header: Uint8Array): Uint32Array {
  const block = new Uint32Array(16)
  block.set(wordsOf(header.subarray(BLOCK_BYTES)))
  block[NONCE_WORD] = 0
  block[4] = 0x8000_0000
  block[15] = 640
  return block
}
