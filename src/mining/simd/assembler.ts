/**
 * As much of WebAssembly's binary format as the kernels need: code is put together from expressions, as a compiler would.
 * @see https://webassembly.github.io/spec/core/binary/ for the numbers
 */

/** The bytes of one or more instructions, in parts of parts. */
export type Code = readonly (number | Code)[]

const I32 = 0x7f
const V128 = 0x7b
const PAGE_BYTES = 65_536

/** A local variable, or a parameter. */
export class Local {
  /** Its value. */
  readonly get: Code
  readonly #index: Code

  constructor(index: number) {
    this.#index = unsigned(index)
    this.get = [0x20, this.#index]
  }

  set(value: Code): Code {
    return [value, 0x21, this.#index]
  }
}

/** The variables of one function, as they are needed: parameters first. */
export class Frame {
  readonly #types: number[] = []
  #parameters = 0

  /** Parameters are numbers. */
  parameter(): Local {
    this.#parameters++
    return this.number()
  }

  number(): Local {
    return this.#add(I32)
  }

  vector(): Local {
    return this.#add(V128)
  }

  /** The function's type: numbers to a number. */
  signature(): Code {
    const parameters = this.#types.slice(0, this.#parameters)
    return [0x60, list(parameters.map((type) => [type])), list([[I32]])]
  }

  declarations(): Code {
    const others = this.#types.slice(this.#parameters)
    return list(others.map((type) => [1, type]))
  }

  #add(type: number): Local {
    this.#types.push(type)
    return new Local(this.#types.length - 1)
  }
}

/** Instructions on i32. An address is `base + offset`, in bytes. */
export const i32 = {
  const: (value: number): Code => [0x41, signed(value | 0)],
  add: (x: Code, y: Code): Code => [x, y, 0x6a],
  lessThan: (x: Code, y: Code): Code => [x, y, 0x49],
  notEqual: (x: Code, y: Code): Code => [x, y, 0x47],
  load: (base: Code, offset: number): Code => [base, 0x28, 2, unsigned(offset)],
  store: (base: Code, offset: number, value: Code): Code => [base, value, 0x36, 2, unsigned(offset)],
}

/** Instructions on four i32 at a time, the lanes of a vector. */
export const i32x4 = {
  const: (...lanes: readonly [number, number, number, number]): Code => [
    simd(0x0c),
    [...new Uint8Array(Uint32Array.from(lanes).buffer)],
  ],
  /** The same in all lanes. */
  splat: (value: Code): Code => [value, simd(0x11)],
  load: (base: Code, offset: number): Code => [base, simd(0x00), 4, unsigned(offset)],
  store: (base: Code, offset: number, value: Code): Code => [base, value, simd(0x0b), 4, unsigned(offset)],
  add: (...terms: readonly Code[]): Code => terms.reduce((x, y) => [x, y, simd(0xae)]),
  xor: (...terms: readonly Code[]): Code => terms.reduce((x, y) => [x, y, simd(0x51)]),
  and: (x: Code, y: Code): Code => [x, y, simd(0x4e)],
  or: (x: Code, y: Code): Code => [x, y, simd(0x50)],
  shiftLeft: (x: Code, bits: number): Code => [x, i32.const(bits), simd(0xab)],
  shiftRight: (x: Code, bits: number): Code => [x, i32.const(bits), simd(0xad)],
  equal: (x: Code, y: Code): Code => [x, y, simd(0x37)],
  /** Of numbers without a sign. */
  atMost: (x: Code, y: Code): Code => [x, y, simd(0x3e)],
  anyTrue: (x: Code): Code => [x, simd(0x53)],
  /** The highest bit of each lane; that of lane 0 is the lowest. */
  bitmask: (x: Code): Code => [x, simd(0xa4)],
  /** The bytes of each lane in reverse order. */
  swapBytes: (x: Local): Code => [x.get, x.get, simd(0x0d), [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]],
}

/** Runs a body, and again for as long as the condition holds. */
export function doWhile(body: Code, condition: Code): Code {
  return [0x03, 0x40, body, condition, 0x0d, 0, 0x0b]
}

export function when(condition: Code, body: Code): Code {
  return [condition, 0x04, 0x40, body, 0x0b]
}

export function returning(value: Code): Code {
  return [value, 0x0f]
}

/** A function of numbers, whose result is one. */
export interface WasmFunction {
  readonly name: string
  readonly frame: Frame
  /** Ends with the result. */
  readonly body: Code
}

/** A module with one function and a memory of its own, which it exports as `memory`. @param memoryBytes at least so much */
export function moduleOf({ name, frame, body }: WasmFunction, memoryBytes: number): Uint8Array {
  const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  const pages = Math.ceil(memoryBytes / PAGE_BYTES)
  return Uint8Array.from(
    bytesOf([
      magicAndVersion,
      section(1, list([frame.signature()])),
      section(3, list([[0]])),
      section(5, list([[0, unsigned(pages)]])),
      section(
        7,
        list([
          [text(name), 0, 0],
          [text('memory'), 2, 0],
        ]),
      ),
      section(10, list([sized([frame.declarations(), body, 0x0b])])),
    ]),
  )
}

function simd(instruction: number): Code {
  return [0xfd, unsigned(instruction)]
}

function section(id: number, content: Code): Code {
  return [id, sized(content)]
}

function sized(content: Code): Code {
  const bytes = bytesOf(content)
  return [unsigned(bytes.length), bytes]
}

function list(items: readonly Code[]): Code {
  return [unsigned(items.length), ...items]
}

function text(ascii: string): Code {
  return sized([...ascii].map((character) => character.charCodeAt(0)))
}

function bytesOf(code: Code, bytes: number[] = []): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part)
    else bytesOf(part, bytes)
  }
  return bytes
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** LEB128 of an integer of 32 bits with a sign. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
