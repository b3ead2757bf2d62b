import { asciiOf } from '../bytes.js'
import { ESCAPE_LETTER, ESCAPED, HEX_DIGITS, HEX_VALUE } from './escapes.js'
import { compareKeys, orderMembers, ROW_SIZE } from './key-order.js'
import { pythonRepr } from './python-float.js'
import { Rearrangement } from './rearrangement.js'
import { INCOMPLETE, JsonSyntaxError } from './syntax-error.js'

/** How much a text may ask of its reader. */
export interface JsonLimits {
  /** Arrays and objects inside each other. */
  maxDepth: number
  /** Bytes of the printed value, before the members are dropped whose keys come again. */
  maxBytes: number
}

/** Python refuses to read a longer integer (sys.get_int_max_str_digits, since 3.11). */
const MAX_INTEGER_DIGITS = 4300

// Each byte of a string prints as at most six, so one reservation serves this many of them.
const STRING_RUN = 1024
// The longest float repr, "-1.7976931348623157e+308", with room for separators.
const TOKEN_ROOM = 64

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20

/** White space between the parts of a JSON text. */
export function isWhiteSpace(c: number): boolean {
  return c === SPACE || c === 0x0a || c === 0x0d || c === 0x09
}

/** 1 for the bytes that stand for themselves inside a printed string. */
const PLAIN = new Uint8Array(256)
for (let c = 0x20; c < 0x7f; c++) PLAIN[c] = c === QUOTE || c === BACKSLASH ? 0 : 1

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
 */
export class JsonCanonicalizer {
  readonly #limits: JsonLimits
  #source: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  #final = true
  #depth = 0
  #out = new Uint8Array(4096)
  #length = 0
  // Where the printed value begins: with members that changed places, behind its first form.
  #start = 0
  // One row for each member of the objects being printed, innermost last.
  #members = new Int32Array(ROW_SIZE * 64)
  #memberCount = 0
  readonly #rearrangement = new Rearrangement()

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  /**
   * Reads the value at the start of `source` from byte `start` on, leading white space included.
   * @param end where the text known so far ends
   * @param final false while more may follow
   * @returns the index behind the value; its printed form is `printed()`
   * @throws INCOMPLETE when the text so far ends inside the value, JsonSyntaxError when it can be none
   */
  read(source: Uint8Array, start: number, end: number, final: boolean): number {
    this.#source = source
    this.#at = start
    this.#end = end
    this.#final = final
    this.#depth = 0
    this.#length = 0
    this.#start = 0
    this.#memberCount = 0
    this.#rearrangement.clear()
    this.#value()
    if (this.#length > this.#limits.maxBytes) this.#refuseSize()
    if (!this.#rearrangement.isEmpty) this.#rearrange()
    return this.#at
  }

  /** The value read last, valid until the next read. */
  printed(): Uint8Array {
    return this.#out.subarray(this.#start, this.#length)
  }

  #value(): void {
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
    for (; this.#at < this.#end; this.#at++) {
      const c = source[this.#at]!
      if (!isWhiteSpace(c)) return c
    }
    throw INCOMPLETE
  }

  #object(): void {
    this.#enter()
    const firstMember = this.#memberCount
    let sorted = true
    this.#reserve(TOKEN_ROOM)
    const start = this.#length
    this.#out[this.#length++] = OPEN_OBJECT
    if (this.#next() === CLOSE_OBJECT) this.#at++
    else {
      for (;;) {
        if (this.#next() !== QUOTE) this.#refuse('a key in double quotes was expected')
        const row = this.#newMember()
        const keyStart = this.#length
        this.#string()
        const keyEnd = this.#length
        if (sorted && row > firstMember) {
          const before = ROW_SIZE * (row - 1)
          const startBefore = this.#members[before]!
          sorted = compareKeys(this.#out, startBefore, this.#members[before + 1]!, keyStart, keyEnd) < 0
        }
        if (this.#next() !== COLON) this.#refuse('":" was expected')
        this.#at++
        this.#reserve(TOKEN_ROOM)
        this.#out[this.#length++] = COLON
        this.#out[this.#length++] = SPACE
        this.#value()
        this.#members[ROW_SIZE * row] = keyStart
        this.#members[ROW_SIZE * row + 1] = keyEnd
        this.#members[ROW_SIZE * row + 2] = this.#length
        if (!this.#another(CLOSE_OBJECT, '"," or "}" was expected')) break
      }
    }
    this.#leave(CLOSE_OBJECT)
    if (!sorted) {
      const order = orderMembers(this.#out, this.#members, firstMember, this.#memberCount)
      this.#rearrangement.add(start, this.#length, this.#members, order)
    }
    this.#memberCount = firstMember
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
    let at = this.#at + 1
    this.#reserve(TOKEN_ROOM)
    this.#out[this.#length++] = QUOTE
    for (;;) {
      this.#reserve(6 * STRING_RUN + TOKEN_ROOM)
      const out = this.#out
      let length = this.#length
      const stop = Math.min(end, at + STRING_RUN)
      let c = 0
      while (at < stop) {
        c = source[at]!
        if (PLAIN[c] !== 1) break
        out[length++] = c
        at++
      }
      this.#length = length
      if (at === end) throw INCOMPLETE
      if (at === stop) continue
      this.#at = at
      if (c === QUOTE) {
        out[this.#length++] = QUOTE
        this.#at++
        return
      }
      if (c === BACKSLASH) this.#escape()
      else if (c < SPACE) this.#refuse('a control character inside a string')
      else this.#codePoint()
      at = this.#at
    }
  }

  #escape(): void {
    if (this.#at + 2 > this.#end) throw INCOMPLETE
    const letter = this.#source[this.#at + 1]!
    if (letter !== 0x75) {
      const character = letter < 128 ? ESCAPED[letter]! : 0
      if (character === 0) this.#refuse('an unknown escape')
      this.#at += 2
      this.#printCodeUnit(character)
      return
    }
    let unit = 0
    for (let i = 2; i < 6; i++) {
      if (this.#at + i >= this.#end) throw INCOMPLETE
      const digit = HEX_VALUE[this.#source[this.#at + i]!]!
      if (digit < 0) this.#refuse('"\\u" without four hex digits')
      unit = unit * 16 + digit
    }
    this.#at += 6
    this.#printCodeUnit(unit)
  }

  /** A character outside ASCII, or DEL, written as itself: well-formed UTF-8 only (Unicode 15, table 3-7). */
  #codePoint(): void {
    const lead = this.#source[this.#at]!
    const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (size === 0) this.#refuse('invalid UTF-8')
    let point = size === 1 ? lead : lead & (0x7f >> size)
    for (let i = 1; i < size; i++) {
      if (this.#at + i >= this.#end) throw INCOMPLETE
      const byte = this.#source[this.#at + i]!
      const low = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
      const high = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
      if (byte < low || byte > high) this.#refuse('invalid UTF-8')
      point = (point << 6) | (byte & 0x3f)
    }
    this.#at += size
    if (point < 0x10000) this.#printCodeUnit(point)
    else {
      this.#printCodeUnit(0xd800 + ((point - 0x10000) >> 10))
      this.#printCodeUnit(0xdc00 + ((point - 0x10000) & 0x3ff))
    }
  }

  #printCodeUnit(unit: number): void {
    const out = this.#out
    if (unit < 128 && PLAIN[unit] === 1) {
      out[this.#length++] = unit
      return
    }
    out[this.#length++] = BACKSLASH
    const letter = unit < 128 ? ESCAPE_LETTER[unit]! : 0
    if (letter !== 0) {
      out[this.#length++] = letter
      return
    }
    out[this.#length++] = 0x75
    for (let shift = 12; shift >= 0; shift -= 4) out[this.#length++] = HEX_DIGITS[(unit >> shift) & 15]!
  }

  #number(): void {
    const start = this.#at
    const source = this.#source
    const negative = source[this.#at] === MINUS
    if (negative) this.#at++
    const firstDigit = this.#at
    const wholeDigits = this.#digits('a digit was expected')
    if (wholeDigits > 1 && source[firstDigit] === ZERO) this.#refuse('an integer with a leading zero')
    let fractionDigits = 0
    let exponent = false
    if (source[this.#at] === POINT && this.#at < this.#end) {
      this.#at++
      fractionDigits = this.#digits('a digit was expected behind the point')
    }
    const mark = this.#at < this.#end ? source[this.#at]! : 0
    if (mark === 0x65 || mark === 0x45) {
      exponent = true
      this.#at++
      if (this.#at >= this.#end) throw INCOMPLETE
      if (source[this.#at] === 0x2b || source[this.#at] === MINUS) this.#at++
      this.#digits('a digit was expected in the exponent')
    }
    if (this.#at >= this.#end && !this.#final) throw INCOMPLETE

    if (fractionDigits === 0 && !exponent) {
      if (wholeDigits > MAX_INTEGER_DIGITS) {
        this.#refuse(`an integer of ${wholeDigits} digits (Python reads at most ${MAX_INTEGER_DIGITS})`)
      }
      const minusZero = negative && source[firstDigit] === ZERO
      this.#copy(minusZero ? firstDigit : start)
      return
    }
    const last = source[this.#at - 1]!
    const exact =
      !exponent &&
      wholeDigits + fractionDigits <= 15 &&
      source[firstDigit] !== ZERO &&
      (last !== ZERO || fractionDigits === 1)
    // Up to 15 digits a decimal and its float determine each other, so such a text is its own repr.
    if (exact) this.#copy(start)
    else this.#printFloat(start)
  }

  /** Skips one digit or more. */
  #digits(expected: string): number {
    const source = this.#source
    const start = this.#at
    let at = start
    while (at < this.#end && source[at]! >= ZERO && source[at]! <= NINE) at++
    this.#at = at
    if (at === start) {
      if (at >= this.#end) throw INCOMPLETE
      this.#refuse(expected)
    }
    return at - start
  }

  #printFloat(start: number): void {
    const text = asciiOf(this.#source, start, this.#at)
    const value = Number(text)
    if (!Number.isFinite(value)) this.#refuse(`${text.slice(0, 40)} is too large for a float`)
    // Most floats come printed as JavaScript and Python print them, which differ below 1e-4 and from 1e16 on.
    const isOwnRepr = (value >= 1e-4 || value <= -1e-4) && String(value) === text && text.includes('.')
    if (isOwnRepr && !text.includes('e')) this.#copy(start)
    else this.#print(pythonRepr(value))
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

  #copy(start: number): void {
    const size = this.#at - start
    this.#reserve(size + TOKEN_ROOM)
    for (let i = start; i < this.#at; i++) this.#out[this.#length++] = this.#source[i]!
  }

  #newMember(): number {
    const row = this.#memberCount++
    if (ROW_SIZE * (row + 1) > this.#members.length) {
      const larger = new Int32Array(2 * this.#members.length)
      larger.set(this.#members)
      this.#members = larger
    }
    return row
  }

  #rearrange(): void {
    const length = this.#length
    this.#reserve(length)
    this.#length = 2 * length
    this.#start = this.#rearrangement.print(this.#out, 0, length, this.#length)
  }

  #reserve(room: number): void {
    const needed = this.#length + room
    if (needed <= this.#out.length) return
    if (this.#length > this.#limits.maxBytes) this.#refuseSize()
    const larger = new Uint8Array(Math.max(needed, 2 * this.#out.length))
    larger.set(this.#out.subarray(0, this.#length))
    this.#out = larger
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
