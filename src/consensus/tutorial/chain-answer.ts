import { isWhiteSpace, JsonCanonicalizer, type JsonLimits } from '../../primitives/json/canonicalizer.js'
import { INCOMPLETE, JsonSyntaxError } from '../../primitives/json/syntax-error.js'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Room for chunks that are put together, at the least. */
const OWN_BYTES = 64 * 1024

type State = 'start' | 'key' | 'colon' | 'member' | 'first-block' | 'block' | 'behind-block' | 'behind-member' | 'end'

/**
 * Reads the answer to `GET /chain`, `{"chain":[…],"length":n}`, as it arrives: each block is handed on as soon as it is
 * there, so a chain is never in memory as a whole. `length` is not looked at: blocks are counted.
 */
export class ChainAnswerReader {
  readonly #canonicalizer: JsonCanonicalizer
  /** Bytes of a value's text: white space and escapes may make it larger than what is printed. */
  readonly #maxText: number
  #state: State = 'start'
  #hasChain = false
  #isChain = false
  /** What is there but not yet read lies in `#source` from `#at` to `#end`. */
  #source: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  /** So much of it was read in vain: a value begins there that is not complete. */
  #incomplete = 0
  /** Where chunks are put together. */
  #own = new Uint8Array(0)

  /** @param limits of one block */
  constructor(limits: JsonLimits) {
    this.#canonicalizer = new JsonCanonicalizer(limits)
    this.#maxText = 2 * limits.maxBytes
  }

  /**
   * Reads on.
   * @returns the blocks that became complete, as `JsonCanonicalizer` prints them
   * @throws JsonSyntaxError where the answer is none
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#append(chunk)
    const unread = this.#end - this.#at
    // An incomplete value is read again from its beginning: only when there is twice as much of it.
    if (unread < Math.min(2 * this.#incomplete, this.#maxText)) return []
    const blocks = this.#read()
    if (this.#incomplete > this.#maxText) this.#refuseText()
    return blocks
  }

  /**
   * Ends the answer.
   * @returns the last blocks
   * @throws JsonSyntaxError where it ends too early
   */
  end(): Uint8Array[] {
    const blocks = this.#end - this.#at > this.#incomplete ? this.#read() : []
    if (this.#state !== 'end') throw new JsonSyntaxError('the answer ends too early', this.#at)
    if (!this.#hasChain) throw new JsonSyntaxError('the answer has no "chain"', 0)
    return blocks
  }

  /** Copied at most a few times each, however small the chunks: kept one by one they would cost a hundred times their size. */
  #append(chunk: Uint8Array): void {
    const unread = this.#source.subarray(this.#at, this.#end)
    if (unread.length === 0) {
      this.#source = chunk
      this.#at = 0
      this.#end = chunk.length
      return
    }
    if (this.#source !== this.#own || chunk.length > this.#own.length - this.#end) {
      const needed = unread.length + chunk.length
      if (needed > this.#own.length) this.#own = new Uint8Array(Math.max(2 * needed, OWN_BYTES))
      this.#own.set(unread)
      this.#source = this.#own
      this.#at = 0
      this.#end = unread.length
    }
    this.#own.set(chunk, this.#end)
    this.#end += chunk.length
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
    this.#incomplete = this.#end - this.#at
    return blocks
  }

  /** Reads one part of the answer; a block is handed on. */
  #step(): Uint8Array | undefined {
    const c = this.#next()
    switch (this.#state) {
      case 'start':
        this.#take(c === OPEN_OBJECT, '{"chain": [...]} was expected', 'key')
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
    const start = this.#at
    this.#at = this.#canonicalizer.read(this.#source, start, this.#end, false)
    // Or whether it is read would depend on the pieces in which it arrives.
    if (this.#at - start > this.#maxText) this.#refuseText()
  }

  #refuseText(): never {
    throw new JsonSyntaxError('a block is too large', this.#at)
  }

  #next(): number {
    for (; this.#at < this.#end; this.#at++) {
      const c = this.#source[this.#at]!
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
