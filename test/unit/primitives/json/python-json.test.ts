import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { asciiOf, utf8 } from '../../../../src/primitives/bytes.js'
import { canonicalJson } from '../../../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../../../src/primitives/json/syntax-error.js'
import { parseJson, printJson } from '../../../../src/primitives/json/value.js'
import { BLOCK_LIMITS } from '../../../support/limits.js'
import { vectors } from '../../../support/vectors.js'

const { read, refused, only_python } = vectors<{
  read: { what: string; text: string; printed: string; sha256: string }[]
  refused: string[]
  only_python: string[]
}>('python-json.json')

/** From the page of the design, so that the table cannot drift away from it. */
const PAGE: Readonly<Record<string, string>> = {
  'genesis of the article': 'c099bc76471bfdd48ae262ba832388af2b87904924730633db415994fb82bfb7',
  'genesis of the program on GitHub': 'a54baf00bfbe53601094e03bbc98f580a2b996f2d5aa46ffddd4576888981029',
  'whole-second timestamp, amount 1': '203aa21485601081e32d34e3ffd7c10f2c0d24606d10bd8a40a00f68740b7fc6',
  'amount 1.0': '8a4b3384532d761a1f68547d6c35946300a8ccbf2312e4ccab76465590d7a8b3',
  'amount 1e16': '0f5d59e6a3e053d495e7431be5c33b4a1176b241a360c0fae2621b768c0edc5c',
  'amount 0.00001': '03c333fe259747fc18277fe62e55197e92a6bb012ecaefa0ceb35b4085d6e899',
  'sender beyond ASCII, amount beyond 2^53': 'e33e2bffff6cadce8102e8544429ed603ab133e7a2b423159b7221e48ab74f98',
}

describe('JSON prints and hashes as in Python', () => {
  test.each(read)('$what', ({ text, printed, sha256 }) => {
    const ours = canonicalJson(utf8(text), BLOCK_LIMITS)
    expect(asciiOf(ours)).toBe(printed)
    expect(createHash('sha256').update(ours).digest('hex')).toBe(sha256)
    expect(printJson(parseJson(utf8(text), BLOCK_LIMITS))).toBe(printed)
  })

  test.each(Object.entries(PAGE))('the page’s hash: %s', (what, sha256) => {
    expect(read.find((row) => row.what === what)?.sha256).toBe(sha256)
  })
})

describe('what Python refuses is refused', () => {
  test.each(refused.map((text) => [JSON.stringify(text).slice(0, 60), text]))('%s', (_title, text) => {
    expect(() => canonicalJson(utf8(text), BLOCK_LIMITS)).toThrow(JsonSyntaxError)
  })
})

describe('NaN, Infinity and overflow are refused though Python reads them: no other reader could', () => {
  test.each(only_python)('%s', (text) => {
    expect(() => canonicalJson(utf8(text), BLOCK_LIMITS)).toThrow(JsonSyntaxError)
  })
})
