import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ChainAnswerReader } from '../../../../src/consensus/tutorial/chain-answer.js'
import { asciiOf, utf8 } from '../../../../src/primitives/bytes.js'
import { JsonCanonicalizer } from '../../../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../../../src/primitives/json/syntax-error.js'

const LIMITS = { maxDepth: 5, maxBytes: 100 }

function read(text: string, chunkSize = text.length || 1): string[] {
  const reader = new ChainAnswerReader(LIMITS)
  const bytes = utf8(text)
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunkSize) blocks.push(...reader.push(bytes.subarray(at, at + chunkSize)))
  return [...blocks, ...reader.end()].map((block) => asciiOf(block))
}

describe('the answer to GET /chain', () => {
  test.each([
    ['chain first', '{"chain":[{"b":1,"a":2},{}],"length":2}'],
    ['length first', '{"length": 2, "chain": [ {"b" : 1, "a":2} , { } ] }'],
    ['without length', '{"chain":[{"b":1,"a":2},{}]}'],
    ['a wrong length: it is counted, never believed', '{"chain":[{"b":1,"a":2},{}],"length":9000}'],
    ['members of its own', '{"x":[1,{"chain":[7]}],"chain":[{"b":1,"a":2},{}],"y":null}\n'],
    ['"chain" in escapes', '{"\\u0063hain":[{"b":1,"a":2},{}]}'],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual(['{"a": 2, "b": 1}', '{}'])
    expect(read(text, 1)).toEqual(['{"a": 2, "b": 1}', '{}'])
  })

  test('may hold no block at all', () => {
    expect(read('{"chain": [ ], "length": 0}')).toEqual([])
  })

  test('hands each block on as soon as it is there', () => {
    const reader = new ChainAnswerReader(LIMITS)
    expect(reader.push(utf8('{"chain":[{"a":1}'))).toHaveLength(1)
    expect(reader.push(utf8(',{"b":2},{"c"'))).toHaveLength(1)
    expect(reader.push(utf8(':3}]'))).toHaveLength(1)
    expect(reader.push(utf8('}'))).toEqual([])
    expect(reader.end()).toEqual([])
  })

  test('blocks that were handed on stay as they are', () => {
    const reader = new ChainAnswerReader(LIMITS)
    const chunk = utf8('{"chain":[{"a":1},')
    const [first] = reader.push(chunk)
    chunk.fill(0x20)
    reader.push(utf8('{"b":2}]}'))
    expect(asciiOf(first!)).toBe('{"a": 1}')
  })
})

describe('is refused', () => {
  test.each([
    ['', 'the answer ends too early'],
    ['[]', '{"chain": [...]} was expected'],
    ['<html>', '{"chain": [...]} was expected'],
    ['{}', 'a key was expected'],
    ['{"length":1}', 'the answer has no "chain"'],
    ['{"chain":{}}', '"chain" is not a list'],
    ['{"chain":[],"chain":[]}', 'a second "chain"'],
    ['{"chain":[{}', 'the answer ends too early'],
    ['{"chain":[{}]', 'the answer ends too early'],
    ['{"chain":[{},]}', 'a value was expected'],
    ['{"chain":[{} {}]}', '"," or "]" was expected'],
    ['{"chain":[]]}', '"," or "}" was expected'],
    ['{"chain":[]}x', 'text behind the answer'],
    ['{"chain":[]}{}', 'text behind the answer'],
    ['{"chain" []}', '":" was expected'],
    ['{"chain":[NaN]}', 'NaN and Infinity are not JSON'],
    ['{"chain":[[[[[[[[1]]]]]]]]}', 'more than 5 levels of nesting'],
  ])('%s', (text, message) => {
    for (const chunkSize of [1, 3, 1000]) {
      expect(() => read(text, chunkSize)).toThrow(JsonSyntaxError)
      expect(() => read(text, chunkSize)).toThrow(message)
    }
  })

  test('a block larger than allowed, whether it ever ends or not', () => {
    expect(read(`{"chain":["${'x'.repeat(98)}"]}`)).toHaveLength(1)
    expect(() => read(`{"chain":["${'x'.repeat(99)}"]}`)).toThrow('more than 100 bytes')
  })

  test.each([1, 7, 100, 150, 10_000])('more than twice as much text as a block may have, in pieces of %i', (size) => {
    expect(read(`{"chain":[{${' '.repeat(198)}}]}`, size)).toEqual(['{}'])
    expect(() => read(`{"chain":[{${' '.repeat(199)}}]}`, size)).toThrow('a block is too large')
    expect(() => read(`{"x":{${' '.repeat(199)}},"chain":[]}`, size)).toThrow('a block is too large')
    expect(read(`{"chain":[${' '.repeat(1_000)}{}${' '.repeat(1_000)}]}`, size)).toEqual(['{}'])
  })

  test.each([
    ['a text', '{"chain":["', 'x'],
    ['white space inside a block', '{"chain":[{"a":1', ' '],
    ['brackets', '{"chain":[', '['],
    ['a number', '{"chain":[', '9'],
    ['a member of its own', '{"rubbish":"', 'x'],
  ])('%s without end costs a bounded memory', (_what, head, endless) => {
    const reader = new ChainAnswerReader(LIMITS)
    reader.push(utf8(head))
    let pushed = 0
    expect(() => {
      for (; pushed < 10_000; pushed += 10) reader.push(utf8(endless.repeat(10)))
    }).toThrow(JsonSyntaxError)
    expect(pushed).toBeLessThan(1_000)
  })
})

describe('an answer in chunks of one byte', () => {
  const WIDE = { maxDepth: 900, maxBytes: 8_388_608 }

  afterEach(() => void vi.restoreAllMocks())

  /** Has reading fail when so many bytes were looked at, by all readings of values, those in vain included. */
  function allowReadBytes(limit: number): void {
    let bytes = 0
    const { read } = JsonCanonicalizer.prototype
    vi.spyOn(JsonCanonicalizer.prototype, 'read').mockImplementation(function (this: JsonCanonicalizer, ...given) {
      const [, start, end] = given
      bytes += end - start
      if (bytes > limit) throw new Error(`more than ${limit} bytes were looked at`)
      return read.apply(this, given)
    })
  }

  test.each([
    ['one large block', [`{"a":"${'x'.repeat(300_000)}"}`]],
    ['many small blocks', Array<string>(3_000).fill(`{"a":"${'x'.repeat(100)}"}`)],
    ['large and small ones', Array.from({ length: 40 }, (_, i) => `{"a":"${'x'.repeat(i % 2 === 0 ? 10 : 15_000)}"}`)],
    ['white space inside a block', [`{"a":1${' '.repeat(300_000)}}`]],
  ])('%s: no byte is looked at more than four times', (_what, blocks) => {
    const bytes = utf8(`{"chain":[${blocks.join(',')}],"length":${blocks.length}}`)
    allowReadBytes(4 * bytes.length)
    const reader = new ChainAnswerReader(WIDE)
    let count = 0
    for (let at = 0; at < bytes.length; at++) count += reader.push(bytes.subarray(at, at + 1)).length
    count += reader.end().length
    expect(count).toBe(blocks.length)
  })

  test('the chunks are not kept: each may lie in a large buffer of the socket', () => {
    setFlagsFromString('--expose-gc')
    const gc: () => void = runInNewContext('gc')
    const reader = new ChainAnswerReader(WIDE)
    reader.push(utf8('{"chain":["'))
    gc()
    // Kept, they would be 150 MB. What is free is given back in the background, so a part of it may still be counted.
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 150_000; i++) reader.push(new Uint8Array(1_024).fill(0x78).subarray(0, 1))
    gc()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000)
  })
})

test('a block that never ends takes little more room than two that do', () => {
  // Every value is looked at from its beginning, so what is passed to be read is what is there.
  let most = 0
  const { read } = JsonCanonicalizer.prototype
  const spy = vi.spyOn(JsonCanonicalizer.prototype, 'read').mockImplementation(function (
    this: JsonCanonicalizer,
    ...given
  ) {
    most = Math.max(most, given[2] - given[1])
    return read.apply(this, given)
  })
  const reader = new ChainAnswerReader({ maxDepth: 5, maxBytes: 10_000 })
  reader.push(utf8('{"chain":[{"a":1'))
  expect(() => {
    for (;;) reader.push(utf8(' '.repeat(1_000)))
  }).toThrow('a block is too large')
  spy.mockRestore()
  expect(most).toBeLessThan(22_000)
})
