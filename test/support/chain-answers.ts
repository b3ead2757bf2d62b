import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { findProof } from './chains.js'
import { blockText, jsonText, numberText, objectText, transactionText } from './json-texts.js'
import { BLOCK_LIMITS } from './limits.js'

/** An answer to `GET /chain`, and the texts of the blocks in it. */
export interface AnswerText {
  readonly text: string
  readonly blocks: readonly string[]
}

/** Answers with these blocks, members of their own, and white space. */
export function answerOf(blocks: fc.Arbitrary<readonly string[]>): fc.Arbitrary<AnswerText> {
  return fc
    .tuple(blocks, fc.array(jsonText, { maxLength: 2 }))
    .chain(([blocks, extras]) =>
      objectText([
        `"chain":[${blocks.join(',')}]`,
        `"length":${blocks.length}`,
        ...extras.map((text, i) => `"extra ${i}":${text}`),
      ]).map((text) => ({ text, blocks })),
    )
}

/** Any values in place of blocks. */
export const looseBlocks: fc.Arbitrary<string[]> = fc.array(fc.oneof(blockText, jsonText), { maxLength: 5 })

interface BlockDraft {
  readonly timestamp: string
  readonly transactions: readonly string[]
}

/** The texts of blocks that are valid under rules of so many zeros, each after the one before; the last may be unreadable. */
export function linkedBlocks(zeros: number, amount: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  const draft = fc.record({ timestamp: numberText, transactions: fc.array(transactionText(amount), { maxLength: 4 }) })
  return fc.array(draft, { minLength: 1, maxLength: 6 }).map((drafts) => link(drafts, zeros))
}

function link(drafts: readonly BlockDraft[], zeros: number): string[] {
  const blocks: string[] = []
  let [previousHash, proof] = ['1', 100]
  for (const { timestamp, transactions } of drafts) {
    const text = `{"index":${blocks.length + 1},"timestamp":${timestamp},"transactions":[${transactions.join(',')}],"proof":${proof},"previous_hash":${previousHash}}`
    blocks.push(text)
    const hash = hashOfText(text)
    if (hash === undefined) break
    previousHash = `"${hash}"`
    proof = findProof(String(proof), '', zeros)
  }
  return blocks
}

function hashOfText(text: string): string | undefined {
  try {
    return createHash('sha256')
      .update(canonicalJson(utf8(text), BLOCK_LIMITS))
      .digest('hex')
  } catch {
    return undefined
  }
}

/** Cuts into pieces of the given sizes, over and over. */
export function cut(text: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < text.length; ) {
    const size = sizes[chunks.length % sizes.length]!
    chunks.push(text.slice(at, at + size))
    at += size
  }
  return chunks
}
