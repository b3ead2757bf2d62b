import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChainAnswerReader } from '../../src/consensus/tutorial/chain-answer.js'
import { asciiOf, concatBytes, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../src/primitives/json/syntax-error.js'
import { answerOf, cut, looseBlocks } from '../support/chain-answers.js'
import { BLOCK_LIMITS } from '../support/limits.js'

const answer = answerOf(looseBlocks).map(({ text, blocks }) => ({ text: utf8(text), blocks }))

type Outcome = string[] | 'refused'

function readChunks(chunks: readonly Uint8Array[]): Outcome {
  const reader = new ChainAnswerReader(BLOCK_LIMITS)
  try {
    return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()].map((block) => asciiOf(block))
  } catch (error) {
    if (error instanceof JsonSyntaxError) return 'refused'
    throw error
  }
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 500 })), {
  minLength: 1,
  maxLength: 20,
})

describe('an answer reads the same however it is cut', () => {
  test('into chunks of random sizes', () => {
    fc.assert(
      fc.property(answer, sizes, ({ text, blocks }, some) => {
        const printed = blocks.map((block) => asciiOf(canonicalJson(utf8(block), BLOCK_LIMITS)))
        expect(readChunks([text])).toEqual(printed)
        expect(readChunks(cut(text, some))).toEqual(printed)
      }),
      { numRuns: 1_000 },
    )
  })

  test('into two at any byte', () => {
    fc.assert(
      fc.property(answer, ({ text }) => {
        const whole = readChunks([text])
        const step = Math.ceil(text.length / 200)
        for (let at = 0; at <= text.length; at += step) {
          expect(readChunks([text.subarray(0, at), text.subarray(at)])).toEqual(whole)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('with a mistake in it: refused in every form', () => {
    const broken = fc
      .tuple(
        answer,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.uint8Array({ maxLength: 2 }),
        fc.nat({ max: 3 }),
      )
      .map(([{ text }, place, bytes, removed]) => {
        const at = Math.floor(place * text.length)
        return concatBytes([text.subarray(0, at), bytes, text.subarray(at + removed)])
      })
    fc.assert(
      fc.property(broken, sizes, (text, some) => {
        expect(readChunks(cut(text, some))).toEqual(readChunks([text]))
      }),
      { numRuns: 1_500 },
    )
  })
})
