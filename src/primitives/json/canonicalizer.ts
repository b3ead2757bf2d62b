import { MemberTable } from './member-table.js'
import { endOfNumber, reprintedNumber } from './number-text.js'
import { Rearrangement } from './rearrangement.js'
import { codePointAt, escapedUnit, escapeSize, PLAIN, plainBytes, printCodePoint, utf8Size } from './string-text.js'
import { INCOMPLETE, JsonSyntaxError } from './syntax-error.js'

// Each file of the reader has its own: V8 loads an imported constant at each use, which costs a twentieth of the reading.
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const FOUR_SPACES = 0x20202020

/** How much a text may ask of its reader. */
export interface JsonLimits {
  /** Arrays and objects inside each other. */
  maxDepth: number
  /** Bytes of the printed value. */
  maxBytes: number
  /** Values in the whole text, those of arrays and objects, and these themselves. */
  maxValues?: number
  /** Refuses what Python reads and prints as something else: a key that stands twice in an object, and -0. */
  isStrict?: boolean
}

/**
 * Values are printed behind each other into shelves of this size: memory of its own for each would cost a tenth of the
 * reading. A larger value has room of its own.
 */
const SHELF_BYTES = 64 * 1024
/** With less room than for a usual block, and as much again to sort it, a new shelf is begun. */
const VALUE_ROOM = 4096
/** Bytes of a string that one reservation serves. */
const STRING_RUN = 1024
/** The longest float repr, "-1.7976931348623157e+308", with room for separators. */
const TOKEN_ROOM = 64

/** White space between the parts of a JSON text. */
export function isWhiteSpace(c: number): boolean {
  return c === SPACE || c === 0x0a || c === 0x0d || c === 0x09
}

/**
 * Turns JSON text into what Python's `json.dumps(json.loads(text), sort_keys=True)` prints, bytes to bytes, without
 * building objects in between: that is what the tutorial hashes, and a chain is judged several times faster than by
 * parsing and printing.
 *
 * The printed form is ASCII, `", "` and `": "` between the parts, keys in the order of their code points, each key once
 * (of duplicates the last wins), integers exact, floats as Python's `repr`. Two texts of the same value print the same
 * bytes, so printed values can be compared as bytes.
 *
 * Python's own extensions NaN and Infinity are refused, and a float too large for 64 bits, which Python would print as
 * Infinity: no other reader of JSON could read them back from us.
 *
 * The file is long because all of the class moves the same two cursors, one through the text and one through what is printed, in
 * one pass. What does not is in the files beside it.
 */
export class JsonCanonicalizer {
  readonly #limits: JsonLimits
  #source: Uint8Array = new Uint8Array(0)
  #sourceView = new DataView(this.#source.buffer)
  #at = 0
  #end = 0
  #final = true
  #depth = 0
  #values = 0
  readonly #maxValues: number
  #out = new Uint8Array(VALUE_ROOM)
  #outView = new DataView(this.#out.buffer)
  /** Up to here `#out` holds values that were handed out. */
  #free = 0
  /** Where in `#out` the value begins that is being printed, and up to where it is there. */
  #start = 0
  #length = 0
  readonly #members = new MemberTable()
  readonly #rearrangement = new Rearrangement()

  constructor(limits: JsonLimits) {
    this.#limits = limits
    this.#maxValues = limits.maxValues ?? Number.POSITIVE_INFINITY
  }

  /**
   * Reads the value at the start of `source` from byte `start` on, leading white space included.
   * @param end where the text known so far ends
   * @param final false while more may follow
   * @returns the index behind the value; its printed form is `printed()`
   * @throws INCOMPLETE when the text so far ends inside the value, JsonSyntaxError when it can be none
   */
  read(source: Uint8Array, start: number, end: number, final: boolean): number {
    if (source !== this.#source) {
      this.#source = source
      this.#sourceView = new DataView(source.buffer, source.byteOffset, source.byteLength)
    }
    this.#at = start
    this.#end = end
    this.#final = final
    this.#depth = 0
    this.#values = 0
    this.#members.truncate(0)
    this.#rearrangement.clear()
    this.#makeRoom()
    this.#value()
    if (this.#length - this.#start > this.#limits.maxBytes) this.#refuseSize()
    if (!this.#rearrangement.isEmpty) this.#rearrange()
    return this.#at
  }

  /** The value read last, to be asked for before the next read; it then stays as it is. */
  printed(): Uint8Array {
    // A large value leaves a copy, so that the next large one finds the room made.
    if (this.#out.length > SHELF_BYTES) return this.#out.slice(this.#start, this.#length)
    this.#free = this.#length
    return this.#out.subarray(this.#start, this.#length)
  }

  /** Begins a value behind those that were handed out. */
  #makeRoom(): void {
    const isOutgrown = this.#out.length > SHELF_BYTES && this.#length - this.#start < SHELF_BYTES / 2
    const isFull = this.#out.length - this.#free < VALUE_ROOM
    if (isOutgrown || isFull) this.#printInto(new Uint8Array(SHELF_BYTES))
    this.#start = this.#free
    this.#length = this.#free
  }

  #printInto(out: Uint8Array<ArrayBuffer>): void {
    this.#out = out
    this.#outView = new DataView(out.buffer)
    this.#free = 0
  }

  #value(): void {
    if (++this.#values > this.#maxValues) this.#refuse(`more than ${this.#maxValues} values`)
    const c = this.#next()
    if (c === QUOTE) this.#string()
    else if (c === OPEN_OBJECT) this.#object()
    else if (c === OPEN_ARRAY) this.#array()
    else if (c === MINUS || (c >= ZERO && c <= NINE)) this.#number()
    else if (c === 0x74) this.#word('true')
    else if (c === 0x66) this.#word('false')
    else if (c === 0x6e) this.#word('null')
    else this.#refuse(c === 0x4e || c === 0x49 ? 'NaN and Infinity are not JSON' : 'a value was expected')
  }

  /** Skips white space and looks at the byte behind it. */
  #next(): number {
    const source = this.#source
    const end = this.#end
    let at = this.#at
    while (at < end) {
      const c = source[at]!
      if (c > SPACE || !isWhiteSpace(c)) {
        this.#at = at
        return c
      }
      at++
      while (at + 4 <= end && this.#sourceView.getInt32(at) === FOUR_SPACES) at += 4
    }
    this.#at = at
    throw INCOMPLETE
  }

  #object(): void {
    this.#enter()
    const members = this.#members
    const firstMember = members.size
    let sorted = true
    this.#reserve(TOKEN_ROOM)
    const start = this.#length
    this.#out[this.#length++] = OPEN_OBJECT
    if (this.#next() === CLOSE_OBJECT) this.#at++
    else {
      for (;;) {
        if (this.#next() !== QUOTE) this.#refuse('a key in double quotes was expected')
        const keyStart = this.#length
        this.#string()
        const keyEnd = this.#length
        if (this.#next() !== COLON) this.#refuse('":" was expected')
        this.#at++
        this.#reserve(TOKEN_ROOM)
        this.#out[this.#length++] = COLON
        this.#out[this.#length++] = SPACE
        this.#value()
        members.add(keyStart, keyEnd, this.#length)
        if (sorted && members.size - firstMember > 1) sorted = members.isLastInOrder(this.#out)
        if (!this.#another(CLOSE_OBJECT, '"," or "}" was expected')) break
      }
    }
    this.#leave(CLOSE_OBJECT)
    if (!sorted) {
      const order = members.order(this.#out, firstMember)
      if (this.#limits.isStrict && order.length < members.size - firstMember) this.#refuse('a key that stands twice')
      this.#rearrangement.add(start, this.#length, members, order)
    }
    members.truncate(firstMember)
  }

  #array(): void {
    this.#enter()
    this.#reserve(TOKEN_ROOM)
    this.#out[this.#length++] = OPEN_ARRAY
    if (this.#next() === CLOSE_ARRAY) this.#at++
    else {
      do this.#value()
      while (this.#another(CLOSE_ARRAY, '"," or "]" was expected'))
    }
    this.#leave(CLOSE_ARRAY)
  }

  #enter(): void {
    if (++this.#depth > this.#limits.maxDepth) this.#refuse(`more than ${this.#limits.maxDepth} levels of nesting`)
    this.#at++
  }

  #leave(bracket: number): void {
    this.#reserve(TOKEN_ROOM)
    this.#out[this.#length++] = bracket
    this.#depth--
  }

  /** Behind a part of an array or object: true and a printed separator for a comma, false for the closing bracket. */
  #another(close: number, expected: string): boolean {
    const c = this.#next()
    if (c !== COMMA && c !== close) this.#refuse(expected)
    this.#at++
    if (c === close) return false
    this.#reserve(TOKEN_ROOM)
    this.#out[this.#length++] = COMMA
    this.#out[this.#length++] = SPACE
    return true
  }

  #string(): void {
    const source = this.#source
    const end = this.#end
    this.#reserve(TOKEN_ROOM)
    this.#out[this.#length++] = QUOTE
    this.#at++
    for (;;) {
      this.#copyPlain()
      const at = this.#at
      if (at === end) throw INCOMPLETE
      const c = source[at]!
      if (c === QUOTE) break
      if (c < SPACE) this.#refuse('a control character inside a string')
      const point = c === BACKSLASH ? escapedUnit(source, at, end) : codePointAt(source, at, end)
      this.#at += c === BACKSLASH ? escapeSize(source, at) : utf8Size(point)
      this.#length = printCodePoint(this.#out, this.#length, point)
    }
    this.#out[this.#length++] = QUOTE
    this.#at++
  }

  /** Copies what of a string stands for itself, and leaves room for a token behind it. */
  #copyPlain(): void {
    const source = this.#source
    const sourceView = this.#sourceView
    let at = this.#at
    for (;;) {
      this.#reserve(STRING_RUN + TOKEN_ROOM)
      const out = this.#out
      const outView = this.#outView
      const stop = Math.min(this.#end, at + STRING_RUN)
      let length = this.#length
      let plain = 4
      while (plain === 4 && at + 4 <= stop) {
        const word = sourceView.getInt32(at, true)
        outView.setInt32(length, word, true)
        plain = plainBytes(word)
        at += plain
        length += plain
      }
      if (plain === 4) while (at < stop && PLAIN[source[at]!] === 1) out[length++] = source[at++]!
      this.#at = at
      this.#length = length
      if (at < stop || at === this.#end) return
    }
  }

  #number(): void {
    const start = this.#at
    const end = endOfNumber(this.#source, start, this.#end)
    if (end === this.#end && !this.#final) throw INCOMPLETE
    const reprinted = reprintedNumber(this.#source, start, end)
    if (this.#limits.isStrict && reprinted === '0') this.#refuse('-0 is no integer')
    if (reprinted !== undefined) this.#print(reprinted)
    else this.#copy(start, end)
    this.#at = end
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#at + i >= this.#end) throw INCOMPLETE
      if (this.#source[this.#at + i] !== word.charCodeAt(i)) this.#refuse(`"${word}" was expected`)
    }
    this.#at += word.length
    this.#print(word)
  }

  #print(ascii: string): void {
    this.#reserve(ascii.length + TOKEN_ROOM)
    for (let i = 0; i < ascii.length; i++) this.#out[this.#length++] = ascii.charCodeAt(i)
  }

  #copy(start: number, end: number): void {
    this.#reserve(end - start + TOKEN_ROOM)
    const source = this.#source
    const out = this.#out
    let length = this.#length
    for (let i = start; i < end; i++) out[length++] = source[i]!
    this.#length = length
  }

  /** Prints the value once more behind itself, with its members in their places, and moves that to where the value begins. */
  #rearrange(): void {
    const size = this.#length - this.#start
    this.#reserve(size)
    const end = this.#length + size
    const begin = this.#rearrangement.print(this.#out, this.#start, this.#length, end)
    this.#out.copyWithin(this.#start, begin, end)
    this.#length = this.#start + end - begin
  }

  #reserve(room: number): void {
    const needed = this.#length + room
    if (needed <= this.#out.length) return
    if (this.#length - this.#start > this.#limits.maxBytes) this.#refuseSize()
    const larger = new Uint8Array(Math.max(needed, 2 * this.#out.length))
    larger.set(this.#out.subarray(this.#start, this.#length), this.#start)
    this.#printInto(larger)
  }

  #refuseSize(): never {
    this.#refuse(`a value of more than ${this.#limits.maxBytes} bytes`)
  }

  #refuse(problem: string): never {
    throw new JsonSyntaxError(problem, this.#at)
  }
}

/**
 * The printed form of a whole text that holds one value.
 * @throws JsonSyntaxError
 */
export function canonicalJson(text: Uint8Array, limits: JsonLimits): Uint8Array {
  const canonicalizer = new JsonCanonicalizer(limits)
  try {
    const end = canonicalizer.read(text, 0, text.length, true)
    for (let at = end; at < text.length; at++) {
      if (!isWhiteSpace(text[at]!)) throw new JsonSyntaxError('text behind the value', at)
    }
  } catch (error) {
    throw error === INCOMPLETE ? new JsonSyntaxError('the text ends too early', text.length) : error
  }
  return canonicalizer.printed()
}
