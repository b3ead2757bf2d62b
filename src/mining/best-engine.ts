import type { HeaderJob } from '../consensus/header-job.js'
import type { DecimalJob, Job, JobKind } from '../consensus/job.js'
import { type CandidateSearch, type Engine, REFERENCE } from './candidate-search.js'
import { DecimalKernel } from './simd/decimal-kernel.js'
import { HeaderKernel } from './simd/header-kernel.js'

type EngineFor<J extends Job> = { begin(job: J): CandidateSearch }

/** One candidate in 16 solves it; proofs of one to four digits, over the end of a block. */
const DECIMAL_TEST: DecimalJob = { kind: 'decimal', before: 'self-test '.repeat(6), after: 'f'.repeat(64), zeros: 1 }
const DECIMAL_CANDIDATES = 1200
/** One in 16 here, too, and all versions that a kernel has side by side. */
const HEADER_TEST: HeaderJob = {
  kind: 'header',
  header: Uint8Array.from({ length: 80 }, (_, i) => i),
  versionMask: 0x1fff_e000,
  target: 2n ** 252n,
  roll: { kind: 'time' },
}
const HEADER_CANDIDATES = 4 * 16 * 8

/**
 * The fastest engine that this machine has: the kernels, or the reference where WebAssembly has no SIMD, or where a kernel has not found
 * exactly what the reference finds. A kernel is made and tried when it is prepared for, or when the first job of its kind comes.
 */
export class BestEngine implements Engine {
  #decimal: EngineFor<DecimalJob> | undefined
  #header: EngineFor<HeaderJob> | undefined

  /** Makes ready for jobs of a kind, which the first of them would wait for. */
  prepare(kind: JobKind): void {
    if (kind === 'decimal') this.#decimalEngine()
    else this.#headerEngine()
  }

  begin(job: Job): CandidateSearch {
    return job.kind === 'decimal' ? this.#decimalEngine().begin(job) : this.#headerEngine().begin(job)
  }

  /** Whether it searches jobs of a kind without a kernel. */
  isReference(kind: JobKind): boolean {
    return (kind === 'decimal' ? this.#decimalEngine() : this.#headerEngine()) === REFERENCE
  }

  #decimalEngine(): EngineFor<DecimalJob> {
    this.#decimal ??= soundOrReference(() => new DecimalKernel(), DECIMAL_TEST, DECIMAL_CANDIDATES)
    return this.#decimal
  }

  #headerEngine(): EngineFor<HeaderJob> {
    this.#header ??= soundOrReference(() => new HeaderKernel(), HEADER_TEST, HEADER_CANDIDATES)
    return this.#header
  }
}

/**
 * A kernel, or the reference where the kernel cannot run on this machine, fails in any other way, or does not find exactly what the
 * reference finds.
 * @param job what both are tried with, from candidate 0 up to but without `candidates`
 */
export function soundOrReference<J extends Job>(make: () => EngineFor<J>, job: J, candidates: number): EngineFor<J> {
  try {
    const kernel = make()
    const found = solutions(kernel.begin(job), candidates)
    const expected = solutions(REFERENCE.begin(job), candidates)
    return found.join() === expected.join() ? kernel : REFERENCE
  } catch {
    // There are machines without SIMD, and programs without WebAssembly.
    return REFERENCE
  }
}

/** All solutions, up to the first answer that is none. */
function solutions(search: CandidateSearch, candidates: number): (number | undefined)[] {
  const all: (number | undefined)[] = []
  for (let next = 0; next < candidates; ) {
    const solution = search.search(next, candidates)
    all.push(solution)
    if (solution === undefined || !(solution >= next)) break
    next = solution + 1
  }
  return all
}
