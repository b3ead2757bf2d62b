import { concatBytes } from '../../primitives/bytes.js'
import { isWhiteSpace, JsonCanonicalizer, type JsonLimits } from '../../primitives/json/canonicalizer.js'
import { INCOMPLETE, JsonSyntaxError } from '../../primitives/json/syntax-error.js'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

type State = 'start' | 'key' | 'colon' | 'member' | 'first-block' | 'block' | 'behind-block' | 'behind-member' | 'end'

/**
 * Reads the answer to `GET /chain`, `{"chain":[…],"length":n}`, as it arrives: each block is handed on as soon as it is
 * there, so a chain is never in memory as a whole. `length` is not looked at: blocks are counted.
 */
export class ChainAnswerReader {
  readonly #limits: JsonLimits
  readonly #canonicalizer: JsonCanonicalizer
  #state: State = 'start'
  #hasChain = false
  #isChain = false
  /** What is there but not yet read, from `#at` on. */
  #buffer: Uint8Array = new Uint8Array(0)
  #at = 0
  #arrived: Uint8Array[] = []
  #arrivedBytes = 0

  /** @param limits of one block */
  constructor(limits: JsonLimits) {
    this.#limits = limits
    this.#canonicalizer = new JsonCanonicalizer(limits)
  }

  /**
   * Reads on.
   * @returns the blocks that became complete, as `JsonCanonicalizer` prints them
   * @throws JsonSyntaxError where the answer is none
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#arrived.push(chunk)
    this.#arrivedBytes += chunk.length
    const left = this.#buffer.length - this.#at
    // A value that is not complete is read again from its beginning: only when there is twice as much of it.
    if (this.#arrivedBytes < left) return []
    if (left > 2 * this.#limits.maxBytes) throw new JsonSyntaxError('a block is too large', this.#at)
    this.#buffer =
      left === 0 && this.#arrived.length === 1
        ? chunk
        : concatBytes([this.#buffer.subarray(this.#at), ...this.#arrived])
    this.#at = 0
    this.#arrived = []
    this.#arrivedBytes = 0
    return this.#read()
  }

  /**
   * Ends the answer.
   * @returns the last blocks
   * @throws JsonSyntaxError where it ends too early
   */
  end(): Uint8Array[] {
    const blocks = this.#arrived.length === 0 ? [] : this.#readRest()
    if (this.#state !== 'end') throw new JsonSyntaxError('the answer ends too early', this.#at)
    if (!this.#hasChain) throw new JsonSyntaxError('the answer has no "chain"', 0)
    return blocks
  }

  #readRest(): Uint8Array[] {
    this.#buffer = concatBytes([this.#buffer.subarray(this.#at), ...this.#arrived])
    this.#at = 0
    return this.#read()
  }

  #read(): Uint8Array[] {
    const blocks: Uint8Array[] = []
    try {
      for (;;) {
        const block = this.#step()
        if (block !== undefined) blocks.push(block)
      }
    } catch (error) {
      if (error !== INCOMPLETE) throw error
    }
    return blocks
  }

  /** Reads one part of the answer; a block is handed on. */
  #step(): Uint8Array | undefined {
    const c = this.#next()
    switch (this.#state) {
      case 'start':
        this.#take(c === OPEN_OBJECT, 'an object was expected', 'key')
        return undefined
      case 'key': {
        if (c !== QUOTE) throw new JsonSyntaxError('a key was expected', this.#at)
        this.#value()
        this.#isChain = new TextDecoder().decode(this.#canonicalizer.printed()) === '"chain"'
        this.#state = 'colon'
        return undefined
      }
      case 'colon':
        this.#take(c === COLON, '":" was expected', 'member')
        return undefined
      case 'member':
        if (this.#isChain) {
          if (this.#hasChain) throw new JsonSyntaxError('a second "chain"', this.#at)
          this.#hasChain = true
          this.#take(c === OPEN_ARRAY, '"chain" is not a list', 'first-block')
        } else {
          this.#value()
          this.#state = 'behind-member'
        }
        return undefined
      case 'first-block':
        if (c === CLOSE_ARRAY) {
          this.#take(true, '', 'behind-member')
          return undefined
        }
        return this.#block()
      case 'block':
        return this.#block()
      case 'behind-block':
        this.#take(c === COMMA || c === CLOSE_ARRAY, '"," or "]" was expected', c === COMMA ? 'block' : 'behind-member')
        return undefined
      case 'behind-member':
        this.#take(c === COMMA || c === CLOSE_OBJECT, '"," or "}" was expected', c === COMMA ? 'key' : 'end')
        return undefined
      case 'end':
        throw new JsonSyntaxError('text behind the answer', this.#at)
    }
  }

  #block(): Uint8Array {
    this.#value()
    this.#state = 'behind-block'
    return this.#canonicalizer.printed()
  }

  #value(): void {
    this.#at = this.#canonicalizer.read(this.#buffer, this.#at, this.#buffer.length, false)
  }

  #next(): number {
    for (; this.#at < this.#buffer.length; this.#at++) {
      const c = this.#buffer[this.#at]!
      if (!isWhiteSpace(c)) return c
    }
    throw INCOMPLETE
  }

  #take(expected: boolean, otherwise: string, state: State): void {
    if (!expected) throw new JsonSyntaxError(otherwise, this.#at)
    this.#at++
    this.#state = state
  }
}
