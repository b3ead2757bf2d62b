import { describe, expect, test } from 'vitest'
import { pythonRepr } from '../../../../src/primitives/json/python-float.js'
import { JsonNumber } from '../../../../src/primitives/json/value.js'
import { vectors } from '../../../support/vectors.js'

const { reprs } = vectors<{ reprs: Record<string, string> }>('python-floats.json')

describe('pythonRepr prints a float as in Python', () => {
  test.each(Object.entries(reprs))('%s is %s', (bits, repr) => {
    expect(pythonRepr(Buffer.from(bits, 'hex').readDoubleBE())).toBe(repr)
  })

  test.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [0, '0.0'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e100, '1e+100'],
    [5e-324, '5e-324'],
  ])('%s is %s', (value, repr) => {
    expect(pythonRepr(value)).toBe(repr)
  })
})

describe('JsonNumber', () => {
  test('a float keeps the fraction that tells it from an integer', () => {
    expect(JsonNumber.float(5).text).toBe('5.0')
    expect(JsonNumber.float(5).isInteger).toBe(false)
    expect(JsonNumber.float(0.1).toNumber()).toBe(0.1)
  })

  test('an integer has none, and -0 has no sign', () => {
    expect(JsonNumber.integer(5).text).toBe('5')
    expect(JsonNumber.integer(-0).text).toBe('0')
    expect(JsonNumber.integer(-9007199254740991).text).toBe('-9007199254740991')
    expect(JsonNumber.integer(5).isInteger).toBe(true)
    expect(new JsonNumber('1e+16').isInteger).toBe(false)
  })

  test.each([0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('%s is no safe integer', (value) => {
    expect(() => JsonNumber.integer(value)).toThrow(RangeError)
  })
})
