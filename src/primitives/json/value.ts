import { asciiOf, utf8 } from '../bytes.js'
import { canonicalJson, type JsonLimits } from './canonicalizer.js'
import { pythonRepr } from './python-float.js'

/** A JSON value with its numbers exact. Objects inherit nothing, so `__proto__` is a key like any other. */
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }

const NO_LIMITS: JsonLimits = { maxDepth: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }

/** A number as its canonical text: an integer of any size (`12`), or a float as Python's `repr` (`1.0`, `1e-05`). */
export class JsonNumber {
  readonly text: string

  /** @param text canonical already: see `JsonCanonicalizer` */
  constructor(text: string) {
    this.text = text
  }

  /** The float64 itself, with the fraction or exponent that tells a float from an integer: 5 becomes `5.0`. */
  static float(value: number): JsonNumber {
    return new JsonNumber(pythonRepr(value))
  }

  /** @throws RangeError where the number is no safe integer */
  static integer(value: number): JsonNumber {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`)
    return new JsonNumber(String(value + 0))
  }

  get isInteger(): boolean {
    return /^-?\d+$/.test(this.text)
  }

  /** The nearest float64. */
  toNumber(): number {
    return Number(this.text)
  }

  toString(): string {
    return this.text
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
}

function empty(): void {}
empty.prototype = Object.freeze(Object.create(null))
/** Makes objects that inherit nothing. Those of `Object.create(null)` are hash tables to V8, and cost four times as much. */
const EmptyObject = empty as unknown as new () => JsonObject

/** Whether a value is an object of those that this file makes, and so exact all through. */
export function isExactObject(value: unknown): value is JsonObject {
  return value instanceof EmptyObject
}

/** An object that inherits nothing, for values that are to be printed. */
export function jsonObject(members: Readonly<Record<string, JsonValue>>): JsonObject {
  return Object.assign(new EmptyObject(), members)
}

/**
 * Reads a text of any JSON writer.
 * @throws JsonSyntaxError
 */
export function parseJson(text: Uint8Array, limits: JsonLimits): JsonValue {
  return readCanonicalJson(canonicalJson(text, limits))
}

/** Reads what `JsonCanonicalizer` printed; other text is not checked. */
export function readCanonicalJson(printed: Uint8Array): JsonValue {
  return new CanonicalReader(printed).value()
}

/** Prints a value as Python's `json.dumps(value, sort_keys=True)`. */
export function printJson(value: JsonValue): string {
  return asciiOf(canonicalJson(utf8(plainText(value)), NO_LIMITS))
}

export function printJsonBytes(value: JsonValue): Uint8Array {
  // A copy: what is printed lies in memory that is made for much larger texts.
  return canonicalJson(utf8(plainText(value)), NO_LIMITS).slice()
}

/** JSON text without white space, its keys in any order and its characters as themselves. */
function plainText(value: JsonValue): string {
  const parts: string[] = []
  addText(parts, value)
  return parts.join('')
}

/** All parts are joined once: joined at each level, a text would be copied for each level around it. */
function addText(parts: string[], value: JsonValue): void {
  if (value instanceof JsonNumber) parts.push(value.text)
  else if (Array.isArray(value)) {
    let before = '['
    for (const element of value) {
      parts.push(before)
      addText(parts, element)
      before = ','
    }
    parts.push(before === ',' ? ']' : '[]')
  } else if (isJsonObject(value)) {
    let before = '{'
    for (const key of Object.keys(value)) {
      parts.push(before, JSON.stringify(key), ':')
      addText(parts, value[key]!)
      before = ','
    }
    parts.push(before === ',' ? '}' : '{}')
  }
  // Half a surrogate pair is escaped here: UTF-8 has no form for it.
  else parts.push(JSON.stringify(value))
}

class CanonicalReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  value(): JsonValue {
    const start = this.#at
    const end = skipCanonicalToken(this.#bytes, start)
    this.#at = end
    switch (this.#bytes[start]) {
      case 0x7b:
        return this.#object()
      case 0x5b:
        return this.#array()
      case 0x22:
        return this.#text(start + 1, end - 1)
      case 0x74:
        return true
      case 0x66:
        return false
      case 0x6e:
        return null
      default:
        return new JsonNumber(asciiOf(this.#bytes, start, end))
    }
  }

  #object(): JsonObject {
    const object = new EmptyObject()
    while (this.#bytes[this.#at] !== 0x7d) {
      if (this.#bytes[this.#at] === 0x2c) this.#at += 2
      const key = this.value() as string
      this.#at += 2
      object[key] = this.value()
    }
    this.#at++
    return object
  }

  #text(start: number, end: number): string {
    const ascii = asciiOf(this.#bytes, start, end)
    return ascii.includes('\\') ? (JSON.parse(`"${ascii}"`) as string) : ascii
  }

  #array(): JsonValue[] {
    if (this.#bytes[this.#at] === 0x5d) {
      this.#at++
      return []
    }
    // Made around its first element: V8 reserves 17 places in an empty array that is pushed to.
    const array = [this.value()]
    while (this.#bytes[this.#at] !== 0x5d) {
      this.#at += 2
      array.push(this.value())
    }
    this.#at++
    return array
  }
}

/** The index behind the string, number, word or opening bracket that starts at `start` of printed JSON. */
function skipCanonicalToken(bytes: Uint8Array, start: number): number {
  const first = bytes[start]
  let at = start + 1
  if (first === 0x7b || first === 0x5b) return at
  if (first === 0x22) {
    while (bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1
    return at + 1
  }
  // A number or word ends at a comma, a closing bracket or the end.
  while (at < bytes.length && bytes[at] !== 0x2c && bytes[at] !== 0x5d && bytes[at] !== 0x7d) at++
  return at
}

/** The index behind the value that starts at `start` of printed JSON. */
export function skipCanonicalValue(bytes: Uint8Array, start: number): number {
  let depth = 0
  let at = start
  for (;;) {
    const c = bytes[at]
    if (c === 0x2c || c === 0x3a) {
      at += 2
      continue
    }
    if (c === 0x7b || c === 0x5b) depth++
    else if (c === 0x7d || c === 0x5d) depth--
    at = c === 0x7d || c === 0x5d ? at + 1 : skipCanonicalToken(bytes, at)
    if (depth === 0) return at
  }
}

/** Where a value stands in printed JSON: from `start` up to, not including, `end`. */
export interface Span {
  start: number
  end: number
}

/**
 * Where the value of a key stands in a printed object; undefined where it has no such key.
 * @param key of plain ASCII
 * @param from where to begin: behind the value of a key that sorts before it
 */
export function canonicalMember(bytes: Uint8Array, key: string, from = 1): Span | undefined {
  let at = from
  while (bytes[at] !== 0x7d) {
    if (bytes[at] === 0x2c) at += 2
    const keyEnd = skipCanonicalToken(bytes, at)
    const valueEnd = skipCanonicalValue(bytes, keyEnd + 2)
    if (holdsText(bytes, at + 1, keyEnd - 1, key)) return { start: keyEnd + 2, end: valueEnd }
    at = valueEnd
  }
  return undefined
}

/** Whether the bytes from `start` up to `end` are the text. */
export function holdsText(bytes: Uint8Array, start: number, end: number, ascii: string): boolean {
  if (end - start !== ascii.length) return false
  for (let i = 0; i < ascii.length; i++) if (bytes[start + i] !== ascii.charCodeAt(i)) return false
  return true
}

/** The elements of the printed array that starts at `start`, in order. */
export function* canonicalElements(bytes: Uint8Array, start = 0): Generator<Span> {
  let at = start + 1
  while (bytes[at] !== 0x5d) {
    if (bytes[at] === 0x2c) at += 2
    const end = skipCanonicalValue(bytes, at)
    yield { start: at, end }
    at = end
  }
}
