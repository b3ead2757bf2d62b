/** Candidates that a thread takes at a time: a fraction of a millisecond for a kernel, and some ten for the reference. */
export const STRETCH = 2_000

/** There are no candidates beyond. */
const CANDIDATES = 2 ** 53
const STRETCHES = BigInt(Math.floor(CANDIDATES / STRETCH))

/** What stands for a stretch before a thread has begun, and while it has taken none. */
const NOT_BEGUN = -2n
const NONE_TAKEN = -1n
/** Of a thread that has found nothing. */
const NOTHING = BigInt(CANDIDATES)

/** A number of stretches and a thread are kept in one number. */
const THREADS = 2n ** 16n
const NOBODY = THREADS - 1n

/**
 * What the threads of one search share. Stretches of candidates are numbered from 0 and given out in their order: so what is found in the
 * end is the first solution, however many threads there are. Who has found one goes no further, and who is at an earlier stretch finishes it.
 *
 * A thread may be killed between any two of these steps, so each of them is one write, and whoever comes next can complete it:
 * `#given` says whose the last stretch is, also before that thread has noted it; and a stretch is finished by the one write that says
 * so, from which the hashes are worked out.
 */
export class SearchState {
  readonly memory: SharedArrayBuffer
  readonly #threads: number
  readonly #isStopped: Int32Array
  /** How many stretches were given out, times `THREADS`, and who took the last. */
  readonly #given: BigInt64Array
  /** For each thread twice the number of the stretch that it took last, and one more when that is finished. It never goes back. */
  readonly #taken: BigInt64Array
  /** For each thread the solution with which its last stretch ends. */
  readonly #found: BigInt64Array

  /** @param memory that of a state in another thread; else a search begins */
  constructor(threads: number, memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer((2 + 2 * threads) * BigInt64Array.BYTES_PER_ELEMENT)
    const numbers = new BigInt64Array(this.memory)
    this.#threads = threads
    this.#isStopped = new Int32Array(this.memory, 0, 1)
    this.#given = numbers.subarray(1, 2)
    this.#taken = numbers.subarray(2, 2 + threads)
    this.#found = numbers.subarray(2 + threads)
    if (memory !== undefined) return
    this.#given.fill(NOBODY)
    this.#taken.fill(NOT_BEGUN)
    this.#found.fill(NOTHING)
  }

  /** Hashes of all stretches that are finished. Never fewer than before. */
  get hashes(): number {
    const { count, last } = split(Atomics.load(this.#given, 0))
    let finished = Number(count) * STRETCH
    for (let thread = 0; thread < this.#threads; thread++) {
      const taken = Atomics.load(this.#taken, thread)
      const isLast = last !== undefined && last.thread === thread && taken < 2n * last.stretch
      // What was taken since is no part of the sum.
      const isOpen = isLast || (taken >= 0n && taken % 2n === 0n && taken / 2n < count)
      if (isOpen) finished -= STRETCH
      else if (taken >= 0n && taken / 2n < count) finished -= this.#untried(thread, taken / 2n)
    }
    return finished
  }

  /** The first solution that was found so far. */
  get best(): number | undefined {
    const best = this.#best()
    return best === NOTHING ? undefined : Number(best)
  }

  /** How many threads have begun. */
  get threads(): number {
    let count = 0
    for (let thread = 0; thread < this.#threads; thread++) if (this.hasBegun(thread)) count++
    return count
  }

  /** Threads take nothing any more; what they are at they finish. */
  stop(): void {
    Atomics.store(this.#isStopped, 0, 1)
  }

  /** A thread that has not begun when the search is stopped will take nothing. */
  hasBegun(thread: number): boolean {
    return Atomics.load(this.#taken, thread) !== NOT_BEGUN
  }

  /** Goes before what a thread takes. @returns the beginning of a stretch that the thread's predecessor has not finished */
  begin(thread: number): number | undefined {
    this.#note()
    const taken = Atomics.load(this.#taken, thread)
    if (taken >= 0n && taken % 2n === 0n) return beginningOf(taken / 2n)
    if (taken === NOT_BEGUN) Atomics.store(this.#taken, thread, NONE_TAKEN)
    return undefined
  }

  /** @returns the beginning of a stretch that is the thread's now, or undefined where there is nothing more to do */
  take(thread: number): number | undefined {
    for (;;) {
      if (Atomics.load(this.#isStopped, 0) !== 0) return undefined
      const given = this.#note()
      const stretch = given / THREADS
      if (stretch >= STRETCHES || BigInt(beginningOf(stretch)) >= this.#best()) return undefined
      if (Atomics.compareExchange(this.#given, 0, given, (stretch + 1n) * THREADS + BigInt(thread)) !== given) continue
      this.#note()
      return beginningOf(stretch)
    }
  }

  /** Ends a thread's stretch. @param solution the first candidate in it that solves the job */
  finish(thread: number, solution: number | undefined): void {
    if (solution !== undefined) Atomics.store(this.#found, thread, BigInt(solution))
    Atomics.store(this.#taken, thread, Atomics.load(this.#taken, thread) + 1n)
  }

  /** Notes the last stretch that was given out with the thread whose it is, unless that is done. @returns what is in `#given` */
  #note(): bigint {
    const given = Atomics.load(this.#given, 0)
    const { last } = split(given)
    if (last !== undefined) {
      const noted = Atomics.load(this.#taken, last.thread)
      if (noted < 2n * last.stretch) Atomics.compareExchange(this.#taken, last.thread, noted, 2n * last.stretch)
    }
    return given
  }

  #best(): bigint {
    let best = NOTHING
    for (let thread = 0; thread < this.#threads; thread++) {
      const found = Atomics.load(this.#found, thread)
      if (found < best) best = found
    }
    return best
  }

  /** Candidates of a finished stretch behind its solution. */
  #untried(thread: number, stretch: bigint): number {
    const found = Number(Atomics.load(this.#found, thread))
    const end = beginningOf(stretch) + STRETCH
    return found < end && found >= end - STRETCH ? end - 1 - found : 0
  }
}

function split(given: bigint): { count: bigint; last: { stretch: bigint; thread: number } | undefined } {
  const [count, thread] = [given / THREADS, given % THREADS]
  return { count, last: thread === NOBODY ? undefined : { stretch: count - 1n, thread: Number(thread) } }
}

function beginningOf(stretch: bigint): number {
  return Number(stretch) * STRETCH
}
