import { type Code, doWhile, Frame, i32, i32x4, type Local, returning, type WasmFunction, when } from './assembler.js'
import { type Knowledge, Schedule } from './schedule.js'
import { BLOCK_BYTES, ROUNDS } from './sha256.js'
import { newVariables, Rounds } from './sha256-code.js'
import { VECTOR_BYTES, Vectors } from './vectors.js'

/** The last digits of a proof: so many are taken from a table, and those before are written once in 1,000 proofs. */
export const TABLE_DIGITS = 3
const TABLE_VECTORS = 10 ** TABLE_DIGITS / 4
/** A hash in hex. */
export const MAX_AFTER_BYTES = 64
/** Blocks from that of the first digit on: up to 63 bytes before it, 16 digits, what is behind the proof, and 9 bytes of padding. */
const MAX_BLOCKS = Math.ceil((63 + 16 + MAX_AFTER_BYTES + 9) / BLOCK_BYTES)

const SUMS = 16
const STATE = 8

/** Where things are in the memory. */
export const constants = new Vectors(0, ROUNDS)
/** Before the first of the blocks. */
export const initial = new Vectors(constants.end, STATE)
/** Before the block that is being hashed. */
const state = new Vectors(initial.end, STATE)
/** The bits of a hash's first word that are to be zero. */
export const mask = new Vectors(state.end, 1)
/** The two words in which the table's digits stand, without them. */
export const withoutDigits = new Vectors(mask.end, 2)
/** What to add to each of the two, for each value of the digits. One more vector, as four are read from any on. */
export const firstTable = new Vectors(withoutDigits.end, TABLE_VECTORS + 1)
export const secondTable = new Vectors(firstTable.end, TABLE_VECTORS + 1)
const BLOCKS = secondTable.end

/** Of a block, by addresses that count from its own. */
const words = new Vectors(0, ROUNDS)
/** Of nothing, as no word is known before the search. */
const sums = new Vectors(words.end, SUMS)
/** Whether digits of the table stand in it, a number; else its words are all 64 there. */
const varies = new Vectors(sums.end, 1)
const BLOCK_MEMORY = varies.end

/** A word behind the last digits' may be one of a block that there is not. */
export const DECIMAL_MEMORY = BLOCKS + (MAX_BLOCKS + 1) * BLOCK_MEMORY

/** Nothing is known: which words vary is another question for each length of the proof. */
const schedule = new Schedule(Array<Knowledge>(16).fill('varying'), { words, sums })

/** @param block 0 for the first; its number for the last is the address behind it */
export function addressOfBlock(block: number): number {
  return BLOCKS + block * BLOCK_MEMORY
}

export function wordsOfBlock(block: number): Vectors {
  return new Vectors(addressOfBlock(block) + words.address, ROUNDS)
}

export function variesAddress(block: number): number {
  return addressOfBlock(block) + varies.address
}

/**
 * `search(entry, end, first, second, lastBlock)`: SHA-256 of messages that differ in the digits of the table, four at a time, for its entries
 * from the address `entry` up to but without `end`, which count from the table's. The digits are added at the addresses `first` and `second`;
 * the blocks end at `lastBlock`. It ends with the first of the four entries of which one may be a solution, and else with -1.
 */
export function decimalSearch(): WasmFunction {
  const frame = new Frame()
  const [entry, end] = [frame.parameter(), frame.parameter()]
  const [first, second, lastBlock] = [frame.parameter(), frame.parameter(), frame.parameter()]
  const block = frame.number()
  const variables = newVariables(frame)
  const origin = i32.const(0)

  const load = (place: Vectors, i: number): Code => i32x4.load(origin, place.at(i))
  const store = (place: Vectors, i: number, value: Local): Code => i32x4.store(origin, place.at(i), value.get)
  const writeDigits = (word: Local, i: number, table: Vectors): Code =>
    i32x4.store(word.get, 0, i32x4.or(load(withoutDigits, i), i32x4.load(entry.get, table.address)))
  const isZero = (vector: Code): Code => i32x4.equal(vector, i32x4.const(0, 0, 0, 0))

  const body = [
    doWhile(
      [
        writeDigits(first, 0, firstTable),
        writeDigits(second, 1, secondTable),
        variables.map((each, i) => [each.set(load(initial, i)), store(state, i, each)]),
        block.set(i32.const(addressOfBlock(0))),
        doWhile(
          [
            when(i32.load(block.get, varies.address), schedule.code({ frame, origin: block.get, end: ROUNDS })),
            compress(),
            block.set(i32.add(block.get, i32.const(BLOCK_MEMORY))),
          ],
          i32.notEqual(block.get, lastBlock.get),
        ),
        when(i32x4.anyTrue(isZero(i32x4.and(variables[0].get, load(mask, 0)))), returning(entry.get)),
        entry.set(i32.add(entry.get, i32.const(VECTOR_BYTES))),
      ],
      i32.lessThan(entry.get, end.get),
    ),
    i32.const(-1),
  ]
  return { name: 'search', frame, body }

  function compress(): Code {
    const rounds = new Rounds(variables, frame)
    const wk = (base: Code, t: number): Code =>
      i32x4.add(i32x4.load(i32.add(base, block.get), words.at(t)), i32x4.load(base, constants.at(t)))
    return [
      rounds.begin(),
      rounds.loop({ frame, from: 0, to: ROUNDS, wk }),
      variables.map((each, i) => [each.set(i32x4.add(each.get, load(state, i))), store(state, i, each)]),
    ]
  }
}
