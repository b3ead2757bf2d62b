import { type DecimalJob, solverOf } from '../../consensus/job.js'
import { concatBytes, utf8 } from '../../primitives/bytes.js'
import { type CandidateSearch, REFERENCE } from '../candidate-search.js'
import {
  addressOfBlock,
  constants,
  DECIMAL_MEMORY,
  decimalSearch,
  firstTable,
  initial,
  MAX_AFTER_BYTES,
  mask,
  secondTable,
  TABLE_DIGITS,
  variesAddress,
  withoutDigits,
  wordsOfBlock,
} from './decimal-code.js'
import { type Instance, instantiate } from './instance.js'
import { BLOCK_BYTES, compress, expandSchedule, INITIAL_STATE, padded, ROUND_CONSTANTS, wordsOf } from './sha256.js'

/** Four proofs at a time. */
const LANES = 4
const WORD_BYTES = 4
const WORDS_IN_BLOCK = BLOCK_BYTES / WORD_BYTES

/** Searches the tutorial's proofs with SIMD instructions. */
export class DecimalKernel {
  readonly #instance: Instance = instantiate(decimalSearch(), DECIMAL_MEMORY)

  constructor() {
    constants.fill(this.#instance.memory, ROUND_CONSTANTS)
  }

  /** Texts behind the proof that are longer than those of any network's jobs are left to the reference. */
  begin(job: DecimalJob): CandidateSearch {
    if (utf8(job.after).length > MAX_AFTER_BYTES) return REFERENCE.begin(job)
    const bits = Math.min(4 * job.zeros, 32)
    mask.fill(this.#instance.memory, [Number((0xffff_ffffn << BigInt(32 - bits)) & 0xffff_ffffn)])
    const solves = solverOf(job)
    let messages: Messages | undefined
    return {
      search: (from, to) => {
        for (let next = from; next < to; ) {
          if (messages === undefined || next < messages.first || next >= messages.end) {
            messages = new Messages(job, String(next).length, this.#instance.memory)
          }
          const end = Math.min(to, messages.end)
          for (const candidate of this.#hits(messages, next, end)) if (solves(candidate)) return candidate
          next = end
        }
        return undefined
      },
    }
  }

  /** The proofs from `from` up to but without `to` whose hashes' first words begin with zeros. */
  *#hits(messages: Messages, from: number, to: number): Generator<number> {
    const { call } = this.#instance
    const { tableSize, firstAddress, secondAddress, lastBlock } = messages
    for (let next = from; next < to; ) {
      const beginning = Math.floor(next / tableSize)
      messages.begin(beginning)
      const zero = beginning * tableSize
      const end = Math.min(to, zero + tableSize)
      const hit = call((next - zero) * WORD_BYTES, (end - zero) * WORD_BYTES, firstAddress, secondAddress, lastBlock)
      if (hit < 0) {
        next = end
        continue
      }
      const four = zero + hit / WORD_BYTES
      next = Math.min(four + LANES, end)
      for (let candidate = four; candidate < next; candidate++) yield candidate
    }
  }
}

/** The messages of all proofs of one length, in the memory of a kernel. */
class Messages {
  /** Of the proofs. */
  readonly first: number
  readonly end: number
  /** So many proofs have the same beginning. */
  readonly tableSize: number
  /** Of the words in which the table's digits stand. */
  readonly firstAddress: number
  readonly secondAddress: number
  readonly lastBlock: number
  readonly #memory: DataView
  /** From the block of the first digit on. */
  readonly #message: Uint8Array
  /** Where in it the proof stands, and where those of its digits that the table has. */
  readonly #proofAt: number
  readonly #tableAt: number
  readonly #tableDigits: number
  #beginning: number | undefined

  constructor({ before, after }: DecimalJob, digits: number, memory: DataView) {
    this.#memory = memory
    this.first = digits === 1 ? 0 : 10 ** (digits - 1)
    this.end = 10 ** digits
    this.#tableDigits = Math.min(digits, TABLE_DIGITS)
    this.tableSize = 10 ** this.#tableDigits

    const head = utf8(before)
    const message = padded(concatBytes([head, new Uint8Array(digits), utf8(after)]))
    const start = head.length - (head.length % BLOCK_BYTES)
    const states = blocksOf(message.subarray(0, start))
    initial.fill(memory, states.reduce(compress, INITIAL_STATE))
    this.#message = message.subarray(start)
    this.#proofAt = head.length - start
    this.#tableAt = this.#proofAt + digits - this.#tableDigits

    const word = Math.floor(this.#tableAt / WORD_BYTES)
    this.firstAddress = addressOfWord(word)
    this.secondAddress = addressOfWord(word + 1)
    this.lastBlock = addressOfBlock(this.#message.length / BLOCK_BYTES)
    this.#fillTables()
  }

  /** Takes the proofs with these first digits, as a number; those that the table has stand behind them. */
  begin(beginning: number): void {
    if (beginning === this.#beginning) return
    this.#beginning = beginning
    if (this.#tableAt > this.#proofAt) this.#message.set(utf8(String(beginning)), this.#proofAt)
    const lastDigit = this.#tableAt + this.#tableDigits - 1
    const varying = [this.#tableAt, lastDigit].map((at) => Math.floor(at / BLOCK_BYTES))
    for (const [i, block] of blocksOf(this.#message).entries()) {
      const varies = varying.includes(i)
      this.#memory.setUint32(variesAddress(i), varies ? 1 : 0, true)
      wordsOfBlock(i).fill(this.#memory, varies ? block : expandSchedule(block))
    }
    const words = wordsOf(this.#message)
    const word = Math.floor(this.#tableAt / WORD_BYTES)
    withoutDigits.fill(this.#memory, [words[word]!, words[word + 1] ?? 0])
  }

  #fillTables(): void {
    const { first, second } = digitTables(this.#tableDigits, this.#tableAt % WORD_BYTES)
    for (let value = 0; value < this.tableSize; value++) {
      this.#memory.setUint32(firstTable.address + value * WORD_BYTES, first[value]!, true)
      this.#memory.setUint32(secondTable.address + value * WORD_BYTES, second[value]!, true)
    }
  }
}

/** The two words in which the digits of each value stand, and nothing else. */
interface DigitTables {
  readonly first: Uint32Array
  readonly second: Uint32Array
}

/** Kept, by digits and place: each search needs a few of them, and there are no more than twelve. */
const TABLES = new Map<string, DigitTables>()

/** @param at where in the first word the digits begin, in bytes */
function digitTables(digits: number, at: number): DigitTables {
  const name = `${digits} at ${at}`
  const known = TABLES.get(name)
  if (known !== undefined) return known
  const size = 10 ** digits
  const tables = { first: new Uint32Array(size), second: new Uint32Array(size) }
  const bytes = new Uint8Array(2 * WORD_BYTES)
  for (let value = 0; value < size; value++) {
    bytes.set(utf8(String(value).padStart(digits, '0')), at)
    const words = wordsOf(bytes)
    tables.first[value] = words[0]!
    tables.second[value] = words[1]!
  }
  TABLES.set(name, tables)
  return tables
}

/** The address of a word of the message. */
function addressOfWord(word: number): number {
  return wordsOfBlock(Math.floor(word / WORDS_IN_BLOCK)).at(word % WORDS_IN_BLOCK)
}

function blocksOf(bytes: Uint8Array): Uint32Array[] {
  const count = bytes.length / BLOCK_BYTES
  return Array.from({ length: count }, (_, i) => wordsOf(bytes.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)))
}
