import { type Code, doWhile, type Frame, i32, i32x4, type Local } from './assembler.js'
import { SIGMA } from './sha256.js'
import { VECTOR_BYTES } from './vectors.js'

/** The rounds of SHA-256 as code for four messages at a time: 4.1.2 and 6.2.2 of FIPS 180-4. */

/**
 * The working variables. A round moves none of them: it writes two, and the next round calls them by other names. After eight rounds
 * they have their first names again, so that a loop can go round.
 */
export type Variables = readonly [a: Local, b: Local, c: Local, d: Local, e: Local, f: Local, g: Local, h: Local]

export function newVariables(frame: Frame): Variables {
  const next = (): Local => frame.vector()
  return [next(), next(), next(), next(), next(), next(), next(), next()]
}

interface RoundLoop {
  readonly frame: Frame
  readonly from: number
  readonly to: number
  readonly wk: (base: Code, t: number) => Code
}

const UNROLLED = 8

/** A row of rounds, one after the other. */
export class Rounds {
  readonly #t1: Local
  /** b ^ c: it was a ^ b a round before, and so Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)) takes an instruction less. */
  #before: Local
  #now: Local
  #variables: Variables

  constructor(variables: Variables, frame: Frame) {
    this.#variables = variables
    this.#t1 = frame.vector()
    this.#before = frame.vector()
    this.#now = frame.vector()
  }

  /** By the names that they have now. */
  get variables(): Variables {
    return this.#variables
  }

  /** Goes before the first round. */
  begin(): Code {
    const [, b, c] = this.#variables
    return this.#before.set(i32x4.xor(b.get, c.get))
  }

  /** @param wk the round's constant and word of the schedule, added up */
  next(wk: Code): Code {
    const [a, b, c, d, e, f, g, h] = this.#variables
    const [t1, before, now] = [this.#t1, this.#before, this.#now]
    const code = [
      t1.set(this.#firstSum(wk)),
      d.set(i32x4.add(d.get, t1.get)),
      now.set(i32x4.xor(a.get, b.get)),
      h.set(i32x4.add(t1.get, bigSigma(0, a), i32x4.xor(b.get, i32x4.and(now.get, before.get)))),
    ]
    this.#variables = [h, a, b, c, d, e, f, g]
    this.#before = now
    this.#now = before
    return code
  }

  /**
   * Rounds `from` up to but without `to`, a multiple of eight, in a loop of eight: all of them in a row would not stay in the processor's
   * cache for instructions, and took 15 to 33 % longer.
   * @param wk as for `next`, of round t; what is in memory stands `base` behind where it is for t
   */
  loop({ frame, from, to, wk }: RoundLoop): Code {
    const pointer = frame.number()
    const bytes = UNROLLED * VECTOR_BYTES
    return [
      pointer.set(i32.const(0)),
      doWhile(
        [
          Array.from({ length: UNROLLED }, (_, i) => this.next(wk(pointer.get, from + i))),
          pointer.set(i32.add(pointer.get, i32.const(bytes))),
        ],
        i32.notEqual(pointer.get, i32.const(((to - from) / UNROLLED) * bytes)),
      ),
    ]
  }

  /** A round of which only the new e is wanted. */
  nextE(wk: Code): Code {
    const [a, b, c, d, e, f, g, h] = this.#variables
    const code = d.set(i32x4.add(d.get, this.#firstSum(wk)))
    this.#variables = [h, a, b, c, d, e, f, g]
    return code
  }

  /** T1. */
  #firstSum(wk: Code): Code {
    const [, , , , e, f, g, h] = this.#variables
    const choice = i32x4.xor(g.get, i32x4.and(e.get, i32x4.xor(f.get, g.get)))
    return i32x4.add(i32x4.add(h.get, wk), choice, bigSigma(1, e))
  }
}

export function bigSigma(which: 0 | 1, x: Local): Code {
  return i32x4.xor(...SIGMA.big[which].map((bits) => turned(x, bits)))
}

export function smallSigma(which: 0 | 1, x: Local): Code {
  const [first, second, shift] = SIGMA.small[which]
  return i32x4.xor(turned(x, first), turned(x, second), i32x4.shiftRight(x.get, shift))
}

function turned(x: Local, bits: number): Code {
  return i32x4.or(i32x4.shiftRight(x.get, bits), i32x4.shiftLeft(x.get, 32 - bits))
}
