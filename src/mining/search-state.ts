/** Candidates that a thread takes at a time: about a millisecond's work, and whole rows of both kernels. */
export const STRETCH = 8_000

/** What stands for a stretch before a thread has begun, and while it has none. */
const NOT_BEGUN = -2n
const IDLE = -1n
/** Beyond all candidates. */
const NONE = 2n ** 53n

/**
 * What the threads of one search share. Candidates are given out in stretches, in their order: so what is found in the end is the first
 * solution, however many threads there are. Who has found one goes no further, and who is at an earlier stretch finishes it.
 *
 * A thread can be ended from outside only where its program calls or repeats something, and so never between two neighbouring lines here.
 */
export class SearchState {
  readonly memory: SharedArrayBuffer
  readonly #isStopped: Int32Array
  readonly #next: BigInt64Array
  readonly #best: BigInt64Array
  readonly #hashes: BigInt64Array
  /** For each thread the beginning of what it is at. */
  readonly #stretches: BigInt64Array

  /** @param memory that of a state in another thread; else a search begins */
  constructor(threads: number, memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer((4 + threads) * BigInt64Array.BYTES_PER_ELEMENT)
    const numbers = new BigInt64Array(this.memory)
    this.#isStopped = new Int32Array(this.memory, 0, 1)
    this.#next = numbers.subarray(1, 2)
    this.#best = numbers.subarray(2, 3)
    this.#hashes = numbers.subarray(3, 4)
    this.#stretches = numbers.subarray(4)
    if (memory !== undefined) return
    this.#best.fill(NONE)
    this.#stretches.fill(NOT_BEGUN)
  }

  get hashes(): number {
    return Number(Atomics.load(this.#hashes, 0))
  }

  /** The first solution that was found so far. */
  get best(): number | undefined {
    const best = Atomics.load(this.#best, 0)
    return best === NONE ? undefined : Number(best)
  }

  /** Threads take nothing any more; what they are at they finish. */
  stop(): void {
    Atomics.store(this.#isStopped, 0, 1)
  }

  /** A thread that has not begun when the search is stopped will take nothing. */
  hasBegun(thread: number): boolean {
    return Atomics.load(this.#stretches, thread) !== NOT_BEGUN
  }

  /** Goes before what a thread takes. @returns the beginning of a stretch that the thread's predecessor has not finished */
  begin(thread: number): number | undefined {
    const stretch = Atomics.load(this.#stretches, thread)
    if (stretch >= 0n) return Number(stretch)
    Atomics.store(this.#stretches, thread, IDLE)
    return undefined
  }

  /** @returns the beginning of a stretch that is the thread's now, or undefined where there is nothing more to do */
  take(thread: number): number | undefined {
    if (Atomics.load(this.#isStopped, 0) !== 0) return undefined
    const stretch = Atomics.add(this.#next, 0, BigInt(STRETCH))
    if (stretch >= Atomics.load(this.#best, 0)) return undefined
    Atomics.store(this.#stretches, thread, stretch)
    return Number(stretch)
  }

  /** Ends a thread's stretch. */
  finish(thread: number, hashes: number, solution: number | undefined): void {
    if (solution !== undefined) this.#offer(BigInt(solution))
    Atomics.add(this.#hashes, 0, BigInt(hashes))
    Atomics.store(this.#stretches, thread, IDLE)
  }

  #offer(solution: bigint): void {
    let best = Atomics.load(this.#best, 0)
    while (solution < best) best = Atomics.compareExchange(this.#best, 0, best, solution)
  }
}
