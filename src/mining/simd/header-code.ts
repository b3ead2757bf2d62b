import { MAX_VERSIONS } from '../../consensus/header-job.js'
import { type Code, doWhile, Frame, i32, i32x4, type Local, returning, type WasmFunction, when } from './assembler.js'
import { type Knowledge, Schedule } from './schedule.js'
import { ROUNDS } from './sha256.js'
import { newVariables, Rounds } from './sha256-code.js'
import { VECTOR_BYTES, Vectors } from './vectors.js'

/**
 * What makes the search of headers fast, and how much slower it is without, each taken out alone (an AMD EPYC, Node.js 20.20; ranges of
 * medians of alternating slices):
 *
 * - the state after the first block, once for each version: a third of all rounds, by counting them
 * - rounds in a loop of eight, not all in a row, see `Rounds.loop`: 15 to 33 %
 * - one schedule of the second block for up to 16 headers that differ only in their version, `MAX_VERSIONS`: 12 to 18 %
 * - what is known of the schedules summed up before, see `Schedule`: 2 to 14 %
 * - of the last four rounds only e, which is all that the last word needs, see `Rounds.nextE`: up to 7 %
 * - Maj by one instruction less, see `Rounds`: up to 3 %, as much as the measuring errs
 */

/**
 * The message of the first hash is a header of 80 bytes. In its second block, of 16 words, only the nonce varies: the rounds before that
 * of the same number take words that are known, and this one adds the nonce to what is known.
 */
export const NONCE_WORD = 3
const HEADER_BLOCK = knowledge({ fixed: [0, 1, 2, 4, 15], varying: [NONCE_WORD] })
/** The message of the second hash is the first, of 32 bytes. */
const DIGEST_BLOCK = knowledge({ fixed: [8, 15], varying: [0, 1, 2, 3, 4, 5, 6, 7] })

/** The last word of a hash is the e of this round; the others behind it only move it. */
const LAST_ROUND = 60

const SUMS = 16
const STATE = 8

/** Where things are in the memory. */
export const constants = new Vectors(0, ROUNDS)
const headerWords = new Vectors(constants.end, ROUNDS)
/** K[t] + W[t], from round 4 on. */
export const headerTerms = new Vectors(headerWords.end, ROUNDS)
const headerSums = new Vectors(headerTerms.end, SUMS)
const digestWords = new Vectors(headerSums.end, ROUNDS)
const digestSums = new Vectors(digestWords.end, SUMS)
/** The variables of the second hash after round 0, but for its word, which is to be added to a and e. */
export const digestStart = new Vectors(digestSums.end, STATE)
/** What is added to the last word in the end. */
export const lastInitial = new Vectors(digestStart.end, 1)
/** The most that the highest 32 bits of a hash may be. */
export const limit = new Vectors(lastInitial.end, 1)
/** Where something was found: the first of four nonces, the address of the version, a bit for each of the four. */
export const hit = new Vectors(limit.end, 1)
/** For each version the variables after the round of the nonce, which is to be added to a and e; then the state before the block. */
export const versions = new Vectors(hit.end, MAX_VERSIONS * 2 * STATE)
export const VERSION_BYTES = 2 * STATE * VECTOR_BYTES

export const headerSchedule = new Schedule(HEADER_BLOCK, { words: headerWords, sums: headerSums })
export const digestSchedule = new Schedule(DIGEST_BLOCK, { words: digestWords, sums: digestSums })

/**
 * `search(nonce, end, version, lastVersion)`: SHA-256d of headers, for nonces from `nonce` up to but without `end`, four at a time, and for
 * each of them the versions at the addresses from `version` up to but without `lastVersion`; from the second four nonces on, all from the
 * first version on. It ends with 1 at the first four hashes of which one is not too large, with `hit` set, and else with 0.
 */
export function headerSearch(): WasmFunction {
  const frame = new Frame()
  const [nonce, end] = [frame.parameter(), frame.parameter()]
  const [version, versionsEnd] = [frame.parameter(), frame.parameter()]
  const current = frame.number()
  const [nonces, word] = [frame.vector(), frame.vector()]
  const variables = newVariables(frame)
  const origin = i32.const(0)

  const storeTerm = (each: Local, base: Code, t: number): Code =>
    i32x4.store(base, headerTerms.at(t), i32x4.add(each.get, i32x4.load(base, constants.at(t))))
  const body = [
    doWhile(
      [
        nonces.set(i32x4.add(i32x4.splat(nonce.get), i32x4.const(0, 1, 2, 3))),
        i32x4.store(origin, headerWords.at(NONCE_WORD), nonces.get),
        headerSchedule.code({ frame, origin, end: ROUNDS, use: storeTerm }),
        current.set(version.get),
        doWhile(
          [
            firstHash(),
            secondHash(),
            when(i32x4.anyTrue(word.get), [
              i32.store(origin, hit.address, nonce.get),
              i32.store(origin, hit.address + 4, current.get),
              i32.store(origin, hit.address + 8, i32x4.bitmask(word.get)),
              returning(i32.const(1)),
            ]),
            current.set(i32.add(current.get, i32.const(VERSION_BYTES))),
          ],
          i32.notEqual(current.get, versionsEnd.get),
        ),
        version.set(i32.const(versions.address)),
        nonce.set(i32.add(nonce.get, i32.const(4))),
      ],
      i32.notEqual(nonce.get, end.get),
    ),
    i32.const(0),
  ]
  return { name: 'search', frame, body }

  /** Stores its words as those of the next message. */
  function firstHash(): Code {
    const rounds = new Rounds(variables, frame)
    const start = (i: number): Code => i32x4.load(current.get, i * VECTOR_BYTES)
    const before = (i: number): Code => i32x4.load(current.get, (STATE + i) * VECTOR_BYTES)
    const wk = (base: Code, t: number): Code => i32x4.load(base, headerTerms.at(t))
    return [
      begin(start, nonces.get),
      rounds.begin(),
      [4, 5, 6, 7].map((t) => rounds.next(wk(origin, t))),
      rounds.loop({ frame, from: 8, to: ROUNDS, wk }),
      rounds.variables.map((each, i) => i32x4.store(origin, digestWords.at(i), i32x4.add(each.get, before(i)))),
    ]
  }

  /** Only its last word, and in place of that whether it is small enough. */
  function secondHash(): Code {
    const rounds = new Rounds(variables, frame)
    const wk = (base: Code, t: number): Code =>
      i32x4.add(i32x4.load(base, digestWords.at(t)), i32x4.load(base, constants.at(t)))
    return [
      digestSchedule.code({ frame, origin, end: LAST_ROUND + 1 }),
      begin((i) => i32x4.load(origin, digestStart.at(i)), i32x4.load(origin, digestWords.at(0))),
      rounds.begin(),
      rounds.loop({ frame, from: 1, to: LAST_ROUND - 3, wk }),
      [57, 58, 59, LAST_ROUND].map((t) => rounds.nextE(wk(origin, t))),
      word.set(i32x4.add(rounds.variables[4].get, i32x4.load(origin, lastInitial.at(0)))),
      // The hash is a number that begins with its lowest byte.
      word.set(i32x4.atMost(i32x4.swapBytes(word), i32x4.load(origin, limit.at(0)))),
    ]
  }

  /** The variables after a round of which only the word was not known. */
  function begin(start: (i: number) => Code, roundWord: Code): Code {
    return variables.map((each, i) => each.set(i === 0 || i === 4 ? i32x4.add(start(i), roundWord) : start(i)))
  }
}

function knowledge({ fixed, varying }: { fixed: readonly number[]; varying: readonly number[] }): Knowledge[] {
  return Array.from({ length: 16 }, (_, t) => (varying.includes(t) ? 'varying' : fixed.includes(t) ? 'fixed' : 'zero'))
}
