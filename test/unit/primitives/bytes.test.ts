import { describe, expect, test } from 'vitest'
import { asciiOf, bytesOfHex, concatBytes, hexOf, textOf, utf8 } from '../../../src/primitives/bytes.js'

describe('text', () => {
  test('UTF-8 there and back, a byte order mark included', () => {
    const text = '\ufeffé😀\x00'
    expect(hexOf(utf8(text))).toBe('efbbbfc3a9f09f988000')
    expect(textOf(utf8(text))).toBe(text)
  })

  test('a lone surrogate becomes U+FFFD', () => {
    expect(hexOf(utf8('\ud83d'))).toBe('efbfbd')
  })

  test('bytes that are not UTF-8 are refused', () => {
    expect(() => textOf(Uint8Array.of(0xc0, 0xaf))).toThrow(TypeError)
  })

  test.each([0, 1, 64, 65, 1000])('asciiOf reads %i bytes, and only those between start and end', (length) => {
    const bytes = utf8(`<<${'a'.repeat(length)}>>`)
    expect(asciiOf(bytes, 2, 2 + length)).toBe('a'.repeat(length))
    expect(asciiOf(bytes)).toHaveLength(length + 4)
  })
})

describe('bytes', () => {
  test('concatBytes joins copies', () => {
    const part = utf8('b')
    const all = concatBytes([utf8('a'), part, utf8(''), utf8('cd')])
    part[0] = 0
    expect(textOf(all)).toBe('abcd')
    expect(concatBytes([])).toHaveLength(0)
  })

  test('hex there and back, lower case', () => {
    expect(hexOf(Uint8Array.of(0, 15, 16, 255))).toBe('000f10ff')
    expect(bytesOfHex('000F10ff')).toEqual(Uint8Array.of(0, 15, 16, 255))
    expect(bytesOfHex('')).toHaveLength(0)
  })

  test.each(['0', '0g', '0x00', ' 00', '00 ', '00\n'])('%j is not hex', (text) => {
    expect(() => bytesOfHex(text)).toThrow(RangeError)
  })
})
