import { describe, expect, test } from 'vitest'
import { asciiOf, utf8 } from '../../../../src/primitives/bytes.js'
import {
  canonicalElements,
  canonicalMember,
  isJsonObject,
  JsonNumber,
  type JsonObject,
  jsonObject,
  parseJson,
  printJson,
  printJsonBytes,
  skipCanonicalValue,
} from '../../../../src/primitives/json/value.js'

const LIMITS = { maxDepth: 10, maxBytes: 10_000 }

describe('parseJson', () => {
  test('__proto__ is a key like any other and changes no prototype', () => {
    const value = parseJson(utf8('{"__proto__": {"polluted": true}, "toString": 1}'), LIMITS) as JsonObject
    expect(Object.keys(value)).toEqual(['__proto__', 'toString'])
    expect('hasOwnProperty' in value).toBe(false)
    expect('polluted' in {}).toBe(false)
    expect('polluted' in value).toBe(false)
    expect(printJson(value)).toBe('{"__proto__": {"polluted": true}, "toString": 1}')
  })

  test('numbers keep what a float64 would lose', () => {
    const [large, float] = parseJson(utf8('[12345678901234567890, 1.0]'), LIMITS) as [JsonNumber, JsonNumber]
    expect([large.text, float.text]).toEqual(['12345678901234567890', '1.0'])
    expect([large.isInteger, float.isInteger]).toEqual([true, false])
  })

  test('a number is not taken for an object, nor a list', () => {
    expect(isJsonObject(new JsonNumber('1'))).toBe(false)
    expect(isJsonObject([])).toBe(false)
    expect(isJsonObject(null)).toBe(false)
    expect(isJsonObject(undefined)).toBe(false)
    expect(isJsonObject(jsonObject({}))).toBe(true)
  })
})

describe('printJson', () => {
  test('sorts by code point: astral characters behind U+FFFF', () => {
    expect(printJson(jsonObject({ '😀': true, '\uffff': false, z: null }))).toBe(
      '{"z": null, "\\uffff": false, "\\ud83d\\ude00": true}',
    )
  })

  test('long keys with the same beginning take no longer than their length', () => {
    // Decoded for each comparison, these take half a minute.
    const keys = Array.from({ length: 4_000 }, (_, i) => `${'p'.repeat(8_000)}${(i * 2_657) % 4_000}`)
    const printed = printJson(jsonObject(Object.fromEntries(keys.map((key) => [key, null]))))
    expect(printed.startsWith(`{"${'p'.repeat(8_000)}0": null, `)).toBe(true)
  })

  test('half a surrogate pair, control characters and DEL are escaped as in Python', () => {
    const text = '\ud83d \ude00 \u0000\b\u001f/\u007f\u2028é😀'
    const escaped = '"\\ud83d \\ude00 \\u0000\\b\\u001f/\\u007f\\u2028\\u00e9\\ud83d\\ude00"'
    expect(printJson(text)).toBe(escaped)
    expect(asciiOf(printJsonBytes(jsonObject({ [text]: text })))).toBe(`{${escaped}: ${escaped}}`)
  })

  test('printJsonBytes gives bytes that hold on to nothing else', () => {
    const bytes = printJsonBytes(jsonObject({ a: true }))
    expect(bytes.buffer.byteLength).toBe(bytes.length)
  })

  test('integer keys have no place of their own', () => {
    expect(printJson(jsonObject({ 10: '', 9: '', '-1': '' }))).toBe('{"-1": "", "10": "", "9": ""}')
  })
})

describe('walking through printed JSON', () => {
  const printed = utf8('{"a": [1, {"]": "}\\""}], "\\u00e9": "x, y: z", "n": -1e-05}')

  test('canonicalMember finds the value of a key, and no part of a longer or shorter one', () => {
    const memberOf = (key: string): string | undefined => {
      const span = canonicalMember(printed, key)
      return span && asciiOf(printed, span.start, span.end)
    }
    expect(memberOf('a')).toBe('[1, {"]": "}\\""}]')
    expect(memberOf('n')).toBe('-1e-05')
    expect(memberOf('')).toBeUndefined()
    expect(memberOf('nn')).toBeUndefined()
    expect(memberOf(']')).toBeUndefined()
  })

  test('canonicalElements finds the elements, brackets in strings included', () => {
    const elements = Array.from(canonicalElements(printed, 6), ({ start, end }) => asciiOf(printed, start, end))
    expect(elements).toEqual(['1', '{"]": "}\\""}'])
  })

  test('empty lists and objects have neither', () => {
    expect([...canonicalElements(utf8('[]'))]).toEqual([])
    expect(canonicalMember(utf8('{}'), 'a')).toBeUndefined()
  })

  test('skipCanonicalValue stops behind the value', () => {
    expect(skipCanonicalValue(printed, 0)).toBe(printed.length)
    expect(skipCanonicalValue(utf8('[[], {}], 1'), 0)).toBe(8)
  })
})
