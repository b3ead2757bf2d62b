import { describe, expect, test, vi } from 'vitest'
import { asciiOf, utf8 } from '../../../../src/primitives/bytes.js'
import { canonicalJson, JsonCanonicalizer } from '../../../../src/primitives/json/canonicalizer.js'
import { INCOMPLETE, JsonSyntaxError } from '../../../../src/primitives/json/syntax-error.js'

const ROOMY = { maxDepth: 10, maxBytes: 10_000 }

function print(text: string | Uint8Array, limits = ROOMY): string {
  return asciiOf(canonicalJson(typeof text === 'string' ? utf8(text) : text, limits))
}

describe('limits', () => {
  test.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('nesting by %s: 10 levels are read, 11 are refused', (open, close) => {
    expect(print(`${open.repeat(10)}1${close.repeat(10)}`)).toContain('1')
    expect(() => print(`${open.repeat(11)}1${close.repeat(11)}`)).toThrow('more than 10 levels of nesting')
  })

  test('many brackets beside each other are no nesting', () => {
    expect(print(`[${'[],'.repeat(50)}[]]`)).toBe(`[${'[], '.repeat(50)}[]]`)
  })

  test('size counts the printed bytes: as many as allowed are read, one more is refused', () => {
    expect(print(`"${'x'.repeat(9_998)}"`)).toHaveLength(10_000)
    expect(() => print(`"${'x'.repeat(9_999)}"`)).toThrow('more than 10000 bytes')
    // Each é prints as six bytes.
    expect(print(`"${'é'.repeat(1_666)}"`)).toHaveLength(9_998)
    expect(() => print(`"${'é'.repeat(1_667)}"`)).toThrow(JsonSyntaxError)
    expect(print(`${' '.repeat(20_000)}1`)).toBe('1')
  })

  test('size counts members whose keys come again, whatever the reader has read before', () => {
    const text = utf8(`{"a":"${'x'.repeat(6_000)}","a":"${'y'.repeat(6_000)}"}`)
    const used = new JsonCanonicalizer(ROOMY)
    for (let i = 0; i < 3; i++) {
      expect(() => used.read(text, 0, text.length, true)).toThrow('more than 10000 bytes')
      expect(() => print(text)).toThrow('more than 10000 bytes')
      // Has its room grow.
      const large = utf8(`{"b":"${'x'.repeat(9_900)}","a":1}`)
      expect(used.read(large, 0, large.length, true)).toBe(large.length)
    }
  })

  test('values are counted wherever they stand: as many as allowed are read, one more is refused, and each text begins anew', () => {
    const reader = new JsonCanonicalizer({ ...ROOMY, maxValues: 7 })
    const read = (text: string) => () => reader.read(utf8(text), 0, text.length, true)
    for (const [enough, more] of [
      ['[1,2,3,4,5,6]', '[1,2,3,4,5,6,7]'],
      ['[[],[],{},{},"",null]', '[[],[],{},{},"",null,[]]'],
      ['{"a":1,"b":{"c":[2,3]},"d":4}', '{"a":1,"b":{"c":[2,3]},"d":[4]}'],
    ] as const) {
      expect(read(enough)()).toBe(enough.length)
      expect(read(more)).toThrow('more than 7 values')
    }
  })

  test('a value that is far too large is refused before it is read to its end', () => {
    const text = utf8(`["${'x'.repeat(100_000)}`)
    expect(() => new JsonCanonicalizer(ROOMY).read(text, 0, text.length, false)).toThrow('more than 10000 bytes')
  })

  test('an integer of 4300 digits is read, one of 4301 refused, whatever the sign', () => {
    expect(print(`-${'9'.repeat(4300)}`)).toHaveLength(4301)
    expect(() => print('9'.repeat(4301))).toThrow('4301 digits')
    expect(() => print(`-${'9'.repeat(4301)}`)).toThrow('4301 digits')
  })

  test('a float may have any number of digits', () => {
    expect(print(`${'9'.repeat(300)}.${'9'.repeat(5000)}`)).toBe('1e+300')
    // Put together digit by digit, this takes a minute and gigabytes.
    expect(print(`0.5${'0'.repeat(60_000_000)}`)).toBe('0.5')
  })
})

describe('the members of an object', () => {
  // By code points; UTF-16 has the last two the other way round, and the printed text the first ones.
  const KEYS = [
    '',
    '\t',
    '\n',
    '"',
    '10',
    '9',
    '\\',
    'a',
    'aa',
    'a\u00e9',
    'b',
    '\u007f',
    'é',
    '\ud83d',
    '\ue000',
    '😀',
    '😁',
  ]
  const spelled = (keys: readonly string[]): string =>
    `{${keys.map((key, i) => `${JSON.stringify(key)}: ${i}`).join(', ')}}`
  const keysOf = (printed: string): string[] =>
    [...printed.matchAll(/("(?:[^"\\]|\\.)*"): /g)].map(([, key]) => JSON.parse(key!))

  test.each([2, 3, 8, 9, KEYS.length])('%i of them are sorted by the code points of their keys', (count) => {
    for (let first = 0; first + count <= KEYS.length; first++) {
      const sorted = KEYS.slice(first, first + count)
      expect(keysOf(print(spelled(sorted)))).toEqual(sorted)
      expect(keysOf(print(spelled(sorted.toReversed())))).toEqual(sorted)
      const rotated = [...sorted.slice(1), sorted[0]!]
      expect(keysOf(print(spelled([...rotated, ...rotated])))).toEqual(sorted)
    }
  })

  test('objects inside each other are sorted at each depth, and what is replaced goes with all that is in it', () => {
    expect(
      print(
        '{"c":{"z":1,"y":{"b":[{"n":1,"m":2}],"a":0}},"b":{"q":[{"t":1,"s":2}]},"a":[{"v":1,"u":2},{"x":1}],"b":3}',
      ),
    ).toBe('{"a": [{"u": 2, "v": 1}, {"x": 1}], "b": 3, "c": {"y": {"a": 0, "b": [{"m": 2, "n": 1}]}, "z": 1}}')
  })

  test('keys of thousands of characters are compared where they stand', () => {
    // Copied and decoded for each comparison, these take a minute.
    const keys = Array.from({ length: 4_000 }, (_, i) => `\n${'p'.repeat(8_000)}${(i * 2_657) % 4_000}`)
    const limits = { maxDepth: 1, maxBytes: 64_000_000 }
    expect(
      Object.keys(JSON.parse(print(`{${keys.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`, limits))),
    ).toEqual(keys.toSorted())
  })

  test('a text is moved once, however many objects are around it', () => {
    const copyWithin = vi.spyOn(Uint8Array.prototype, 'copyWithin')
    const depth = 500
    const inner = 'x'.repeat(10_000)
    const limits = { maxDepth: depth, maxBytes: 100_000 }
    const printed = print(`${'{"b":'.repeat(depth)}"${inner}"${',"a":1}'.repeat(depth)}`, limits)
    const moved = copyWithin.mock.calls.reduce((sum, [, start, end]) => sum + end! - start, 0)
    copyWithin.mockRestore()
    expect(printed).toBe(`${'{"a": 1, "b": '.repeat(depth)}"${inner}"${'}'.repeat(depth)}`)
    expect(moved).toBeGreaterThan(inner.length)
    expect(moved).toBeLessThan(2 * printed.length)
  })
})

describe('strings', () => {
  test('each ASCII character prints as in Python at each place, whatever is beside it', () => {
    const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\x7f': '\\u007f' }
    for (let code = 0x20; code < 0x80; code++) {
      const character = String.fromCharCode(code)
      const written = character === '"' || character === '\\' ? `\\${character}` : character
      for (let before = 0; before < 8; before++) {
        for (const beside of ['', 'x', 'xxxx', ' ', '~', '\x7f', '!', '[']) {
          const printed = `"${'a'.repeat(before)}${escapes[character] ?? character}${escapes[beside] ?? beside}"`
          expect(print(`"${'a'.repeat(before)}${written}${beside}"`)).toBe(printed)
        }
      }
    }
  })

  test('a control character or a byte of no UTF-8 is refused at each place', () => {
    const bytes = [...Array(0x20).keys(), 0x80, 0xbf, 0xc0, 0xff]
    for (const byte of bytes) {
      for (let before = 0; before < 8; before++) {
        const text = Uint8Array.of(0x22, ...Array<number>(before).fill(0x61), byte, 0x61, 0x61, 0x61, 0x61, 0x22)
        expect(() => print(text)).toThrow(`at byte ${before + 1}`)
      }
    }
  })
})

describe('refusals name what is wrong and where', () => {
  test.each([
    ['[1,]', 'a value was expected at byte 3'],
    ['{"a":1,}', 'a key in double quotes was expected at byte 7'],
    ['{"a" 1}', '":" was expected at byte 5'],
    ['[1 2]', '"," or "]" was expected at byte 3'],
    ['{"a":1 2}', '"," or "}" was expected at byte 7'],
    ['NaN', 'NaN and Infinity are not JSON at byte 0'],
    ['1e999', '1e999 is too large for a float'],
    ['1 2', 'text behind the value at byte 2'],
    ['[1', 'the text ends too early at byte 2'],
    ['"\n"', 'a control character inside a string at byte 1'],
    ['"\\q"', 'an unknown escape at byte 1'],
    ['01', 'an integer with a leading zero'],
    ['trux', '"true" was expected'],
  ])('%s', (text, message) => {
    expect(() => print(text)).toThrow(message)
  })

  test.each([
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong form of three bytes', [0xe0, 0x9f, 0xbf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lone continuation', [0x80]],
    ['a lead alone', [0xc3]],
  ])('invalid UTF-8: %s', (_what, bytes) => {
    expect(() => print(Uint8Array.of(0x22, ...bytes, 0x22))).toThrow('invalid UTF-8')
  })
})

describe('reading on', () => {
  test('a text that is not final is incomplete at each of its beginnings', () => {
    const text = utf8('{"a": [1.5e1, "\\u00e9\\n😀", true, null], "b": -0}')
    const canonicalizer = new JsonCanonicalizer(ROOMY)
    for (let end = 0; end < text.length; end++) {
      expect(() => canonicalizer.read(text, 0, end, false)).toThrow(INCOMPLETE as never)
    }
    expect(canonicalizer.read(text, 0, text.length, false)).toBe(text.length)
    expect(asciiOf(canonicalizer.printed())).toBe('{"a": [15.0, "\\u00e9\\n\\ud83d\\ude00", true, null], "b": 0}')
  })

  test('a number at the end of what is known may go on', () => {
    const canonicalizer = new JsonCanonicalizer(ROOMY)
    expect(() => canonicalizer.read(utf8('12'), 0, 2, false)).toThrow(INCOMPLETE as never)
    expect(canonicalizer.read(utf8('12'), 0, 2, true)).toBe(2)
    expect(canonicalizer.read(utf8('12'), 0, 1, true)).toBe(1)
  })

  test('what stands before and behind the value is not touched', () => {
    const canonicalizer = new JsonCanonicalizer(ROOMY)
    expect(canonicalizer.read(utf8('xx [1]yy'), 2, 8, true)).toBe(6)
    expect(asciiOf(canonicalizer.printed())).toBe('[1]')
  })

  test('a read after a refused one begins anew', () => {
    const canonicalizer = new JsonCanonicalizer(ROOMY)
    expect(() => canonicalizer.read(utf8('{"b":1,"a":[[[x'), 0, 15, true)).toThrow(JsonSyntaxError)
    const text = utf8('{"d":{"z":1,"y":2},"c":3}')
    canonicalizer.read(text, 0, text.length, true)
    expect(asciiOf(canonicalizer.printed())).toBe('{"c": 3, "d": {"y": 2, "z": 1}}')
  })

  test('values that were handed out stay as they are, small ones and large ones in turn', () => {
    const canonicalizer = new JsonCanonicalizer({ maxDepth: 10, maxBytes: 1_000_000 })
    const sizes = [1, 5_000, 50_000, 100, 70_000, 300_000, 2, 3, 200_000, ...Array<number>(300).fill(1_000)]
    const texts = sizes.map((size, i) => `{"b": "${String(i).repeat(size)}", "a": ${i}}`)
    const printed = texts.map((text) => {
      const bytes = utf8(text)
      // A text that ends too early leaves nothing behind.
      expect(() => canonicalizer.read(bytes, 0, bytes.length - 1, false)).toThrow(INCOMPLETE as never)
      canonicalizer.read(bytes, 0, bytes.length, true)
      return canonicalizer.printed()
    })
    expect(printed.map((bytes) => asciiOf(bytes))).toEqual(
      sizes.map((size, i) => `{"a": ${i}, "b": "${String(i).repeat(size)}"}`),
    )
  })
})
