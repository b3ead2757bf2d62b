import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/crypto/node.js'
import { asciiOf, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { parseJson, printJson } from '../../src/primitives/json/value.js'
import { blockText, jsonText } from '../support/json-texts.js'
import { BLOCK_LIMITS } from '../support/limits.js'
import { PythonOracle, withoutNewlines } from '../support/python-oracle.js'

describe('a JSON text prints and hashes as in Python', () => {
  let python: PythonOracle
  beforeAll(async () => {
    python = await new PythonOracle().start()
  })
  afterAll(() => python?.stop())

  async function expectAgreement(text: string): Promise<void> {
    const bytes = utf8(text)
    const answer = await python.ask(withoutNewlines(bytes))
    const printed = canonicalJson(bytes, BLOCK_LIMITS)
    const ours = asciiOf(printed)
    expect(`ok ${sha256Hex(printed)} ${ours}`).toBe(answer)
    expect(printJson(parseJson(bytes, BLOCK_LIMITS))).toBe(ours)
    expect(asciiOf(canonicalJson(printed, BLOCK_LIMITS))).toBe(ours)
  }

  test('10,000 random blocks', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(blockText, expectAgreement), { numRuns: 10_000 })
  })

  test('3,000 random values', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(jsonText, expectAgreement), { numRuns: 3_000 })
  })
})
