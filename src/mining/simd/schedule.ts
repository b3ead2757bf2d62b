import { type Code, doWhile, type Frame, i32, i32x4, type Local } from './assembler.js'
import { smallSigma } from './sha256.js'
import { smallSigma as smallSigmaCode } from './sha256-code.js'
import { VECTOR_BYTES, type Vectors } from './vectors.js'

/** What is known of a word before the search: padding is mostly zeros, and most of a header stands still. */
export type Knowledge = 'zero' | 'fixed' | 'varying'

/** W[t] = σ1(W[t−2]) + W[t−7] + σ0(W[t−15]) + W[t−16]: 6.2.2 of FIPS 180-4. */
const TERMS = [
  { back: 2, sigma: 1 },
  { back: 7, sigma: undefined },
  { back: 15, sigma: 0 },
  { back: 16, sigma: undefined },
] as const

/** From here on nothing is known before the search. */
const ALL_VARY = 32
/** Words that the loop computes before it goes round: as for the rounds, more would not stay in the cache for instructions. */
const UNROLLED = 8

/** Where a schedule is, by addresses that count from an origin. */
export interface ScheduleMemory {
  /** W, of 64 words. */
  readonly words: Vectors
  /** For W[16] to W[31] the sum of the terms that are known. */
  readonly sums: Vectors
}

interface ScheduleLocals {
  readonly pointer: Local
  /** The words t - 1 and t - 2: to read them back from where they were stored a moment ago would take longer. */
  readonly recent: readonly [Local, Local]
  /** The words t - 15 and t - 16. */
  readonly older: readonly [Local, Local]
}

export interface ScheduleCode {
  readonly frame: Frame
  /** What the memory's addresses count from. */
  readonly origin: Code
  /** The word after the last. */
  readonly end: number
  /** What is to be done with each word besides storing it; it stands at `base` and `t` vectors. */
  readonly use?: (word: Local, base: Code, t: number) => Code
}

/**
 * The schedule of a block of which some words are known. What these contribute to W[16] to W[31] is added up once, before the search:
 * in the second block of a header that is more than half of the terms.
 */
export class Schedule {
  readonly #knowledge: readonly Knowledge[]
  readonly #memory: ScheduleMemory

  /** @param block what is known of its 16 words */
  constructor(block: readonly Knowledge[], memory: ScheduleMemory) {
    const knowledge = [...block]
    for (let t = block.length; t < ALL_VARY; t++) {
      const sources = TERMS.map(({ back }) => knowledge[t - back]!)
      knowledge.push(sources.includes('varying') ? 'varying' : sources.includes('fixed') ? 'fixed' : 'zero')
    }
    this.#knowledge = knowledge
    this.#memory = memory
  }

  /**
   * Stores all that is known.
   * @param block its 16 words; what stands for those that vary is of no account
   * @returns the words that are known, by their place
   */
  prepare(memory: DataView, block: Uint32Array): Map<number, number> {
    const fixed = new Map<number, number>()
    for (const [t, knowledge] of this.#knowledge.entries()) {
      const word = t < block.length ? block[t]! : this.#storeSum(memory, t, fixed)
      if (knowledge === 'varying') continue
      fixed.set(t, word)
      this.#memory.words.fill(memory, [word], t)
    }
    return fixed
  }

  #storeSum(memory: DataView, t: number, fixed: ReadonlyMap<number, number>): number {
    const terms = TERMS.map(({ back, sigma }) => {
      const word = fixed.get(t - back) ?? 0
      return sigma === undefined ? word : smallSigma(sigma, word)
    })
    const sum = terms.reduce((before, term) => before + term) >>> 0
    this.#memory.sums.fill(memory, [sum], t - 16)
    return sum
  }

  /** Code for the words that vary, from W[16] on. Those of the block, and what is known, are in the memory before. */
  code({ frame, origin, end, use = () => [] }: ScheduleCode): Code {
    const { words } = this.#memory
    const locals: ScheduleLocals = {
      pointer: frame.number(),
      recent: [frame.vector(), frame.vector()],
      older: [frame.vector(), frame.vector()],
    }
    const { pointer, recent, older } = locals
    const load = (base: Code, t: number): Code => i32x4.load(base, words.at(t))
    const keep = (base: Code, t: number, sum: Code): Code => {
      const word = recent[t % 2]!
      return [word.set(sum), i32x4.store(base, words.at(t), word.get), ...use(word, base, t)]
    }
    const known = (t: number): Code => {
      const isLoaded = t - 2 >= 16 || this.#knowledge[t - 2] !== 'varying'
      const first = isLoaded ? [] : recent[t % 2]!.set(load(origin, t - 2))
      return this.#knowledge[t] === 'varying' ? [first, keep(origin, t, this.#sum(t, origin, locals))] : first
    }
    const unknown = (base: Code, t: number): Code => {
      const [next, before] = [older[t % 2]!, older[(t + 1) % 2]!]
      const terms = [smallSigmaCode(1, recent[t % 2]!), load(base, t - 7), before.get, smallSigmaCode(0, next)]
      return [next.set(load(base, t - 15)), keep(base, t, i32x4.add(...terms))]
    }
    const turns = Math.floor((end - ALL_VARY) / UNROLLED)
    const rest = ALL_VARY + turns * UNROLLED
    const bytes = UNROLLED * VECTOR_BYTES
    return [
      range(16, ALL_VARY).map(known),
      older[1].set(load(origin, ALL_VARY - 16)),
      pointer.set(origin),
      doWhile(
        [
          range(ALL_VARY, ALL_VARY + UNROLLED).map((t) => unknown(pointer.get, t)),
          pointer.set(i32.add(pointer.get, i32.const(bytes))),
        ],
        i32.notEqual(pointer.get, i32.add(origin, i32.const(turns * bytes))),
      ),
      range(rest, end).map((t) => unknown(origin, t)),
    ]
  }

  /** Of the terms those that vary one by one, and the others as their sum. */
  #sum(t: number, origin: Code, { recent, older }: ScheduleLocals): Code {
    const terms: Code[] = []
    let isPartlyFixed = false
    for (const { back, sigma } of TERMS) {
      const source = t - back
      if (this.#knowledge[source] === 'fixed') isPartlyFixed = true
      if (this.#knowledge[source] !== 'varying') continue
      const word = i32x4.load(origin, this.#memory.words.at(source))
      if (sigma === undefined) terms.push(word)
      else if (sigma === 1) terms.push(smallSigmaCode(1, recent[t % 2]!))
      else terms.push([older[0].set(word), smallSigmaCode(0, older[0])])
    }
    if (isPartlyFixed) terms.push(i32x4.load(origin, this.#memory.sums.at(t - 16)))
    return i32x4.add(...terms)
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
