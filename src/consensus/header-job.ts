import { sha256 } from '#crypto'
import { concatBytes } from '../primitives/bytes.js'

const MERKLE_ROOT_AT = 36
const TIME_AT = 68
const NONCE_AT = 76

/** Versions that stand side by side among the candidates: a searcher can share work between headers that differ in nothing else. */
export const MAX_VERSIONS = 16
/** Nonces that stand side by side, for each version. */
export const LANES = 4
const NONCES = 2 ** 32

/**
 * Bitcoin's work: the 80 bytes of a header, whose SHA-256d, read as a number that begins with its lowest byte, is to be at most the
 * target. A miner may set the nonce, the free bits of the version, and then what `roll` names.
 *
 * Candidates are numbered so that those come together whose hashes share work: four nonces for a version, the same for up to 16 versions,
 * the next four nonces. When all nonces are through, the next versions come; when these are through, the roll goes on by one.
 * The nonce's bytes are counted with the last as the lowest, as SHA-256 reads them.
 */
export interface HeaderJob {
  readonly kind: 'header'
  readonly header: Uint8Array
  /** Bits of the version, as a number, that are the miner's; 0 leaves it as it is. */
  readonly versionMask: number
  /** The highest number that a hash may be, below 2^256. */
  readonly target: bigint
  readonly roll: Roll
}

/** What changes when all nonces and versions have been tried. */
export type Roll =
  /** The seconds in the header. */
  | { readonly kind: 'time' }
  /**
   * The 8 bytes that are hashed behind the coinbase's id, the last as the lowest; with them the merkle root. Ids and hashes are in the
   * order in which they are hashed.
   */
  | { readonly kind: 'extra-nonce'; readonly coinbaseId: Uint8Array; readonly branch: readonly Uint8Array[] }

/** A stretch of candidates whose headers differ only in nonce and version. */
export interface HeaderSpace {
  /** The number of its first candidate. */
  readonly first: number
  readonly size: number
  /** Its headers, one for each version, whose nonces say nothing. */
  readonly headers: readonly Uint8Array[]
}

/** The candidates of a job. */
export class HeaderCandidates {
  readonly #job: HeaderJob
  #space: HeaderSpace | undefined

  constructor(job: HeaderJob) {
    this.#job = job
  }

  /** The space in which a candidate is: the same object as for the one before, where it is the same. */
  spaceOf(candidate: number): HeaderSpace {
    const known = this.#space
    if (known !== undefined && candidate >= known.first && candidate < known.first + known.size) return known
    this.#space = spaceOf(this.#job, candidate)
    return this.#space
  }

  /** The 80 bytes of a candidate. They are overwritten by the next. */
  headerOf(candidate: number): Uint8Array {
    const { first, headers } = this.spaceOf(candidate)
    const place = candidate - first
    const step = Math.floor(place / LANES)
    const header = headers[step % headers.length]!
    viewOf(header).setUint32(NONCE_AT, Math.floor(step / headers.length) * LANES + (place % LANES))
    return header
  }

  /** What a candidate has behind the coinbase's id, 8 bytes; zeros where the job rolls something else. */
  extraNonceOf(candidate: number): Uint8Array {
    return extraNonce(this.#job.roll.kind === 'extra-nonce' ? stepsOf(this.#job, candidate) : 0)
  }
}

/** How often the job rolls on before a candidate. */
function stepsOf({ versionMask }: HeaderJob, candidate: number): number {
  return Math.floor(candidate / (NONCES * 2 ** countBits(versionMask)))
}

function extraNonce(steps: number): Uint8Array {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, BigInt(steps))
  return bytes
}

function spaceOf(job: HeaderJob, candidate: number): HeaderSpace {
  const freeVersions = 2 ** countBits(job.versionMask)
  const versions = Math.min(freeVersions, MAX_VERSIONS)
  const groups = freeVersions / versions
  const size = NONCES * versions
  const place = Math.floor(candidate / size)
  const rolled = rolledHeader(job, Math.floor(place / groups))
  const firstVersion = (place % groups) * versions
  const headers = Array.from({ length: versions }, (_, i) => withVersion(rolled, job.versionMask, firstVersion + i))
  return { first: place * size, size, headers }
}

function rolledHeader({ header, roll }: HeaderJob, steps: number): Uint8Array {
  const rolled = new Uint8Array(header)
  if (roll.kind === 'time') {
    const view = viewOf(rolled)
    view.setUint32(TIME_AT, view.getUint32(TIME_AT, true) + steps, true)
  } else {
    const leaf = sha256d(concatBytes([roll.coinbaseId, extraNonce(steps)]))
    rolled.set(
      roll.branch.reduce((node, sibling) => sha256d(concatBytes([node, sibling])), leaf),
      MERKLE_ROOT_AT,
    )
  }
  return rolled
}

/** Puts the bits of a number into those of the version that are free, the lowest into the lowest. */
function withVersion(header: Uint8Array, mask: number, number: number): Uint8Array {
  const copy = new Uint8Array(header)
  const view = viewOf(copy)
  let version = view.getUint32(0, true) & ~mask
  let rest = number
  for (let bit = 0; bit < 32; bit++) {
    if (((mask >>> bit) & 1) === 0) continue
    version |= (rest & 1) << bit
    rest >>>= 1
  }
  view.setUint32(0, version >>> 0, true)
  return copy
}

function countBits(word: number): number {
  return (word >>> 0).toString(2).replaceAll('0', '').length
}

function sha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
