import { isReject } from '../../src/consensus/reject.js'
import type { TutorialBlock } from '../../src/consensus/tutorial/block.js'
import { TutorialRules } from '../../src/consensus/tutorial/rules.js'
import { asciiOf, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { buildChain, type ChainPlan, dumps, type PlainBlock, type PlainTransaction } from './chains.js'
import { BLOCK_LIMITS } from './limits.js'

/** The article's rules with proofs that take 16 hashes. */
export const EASY = new TutorialRules('article', 1)

/** A block as it comes in, from the text of any JSON writer. */
export function decodeText(text: string): TutorialBlock {
  const block = EASY.decodeBlock(canonicalJson(utf8(text), BLOCK_LIMITS))
  if (isReject(block)) throw new Error(block.message)
  return block
}

export function decode(block: PlainBlock | Readonly<Record<string, unknown>>): TutorialBlock {
  return decodeText(JSON.stringify(block))
}

/** Blocks that are valid under `EASY`, made without our code. */
export function easyChain(plan: Omit<ChainPlan, 'zeros'>): PlainBlock[] {
  return buildChain({ ...plan, zeros: 1 })
}

export function pay(sender: string, recipient: string, amount: number): PlainTransaction {
  return { sender, recipient, amount }
}

/** A payment as it lies in a block or in the store. */
export function encoded(payment: PlainTransaction): Uint8Array {
  return utf8(dumps(payment))
}

export function textsOf(transactions: readonly Uint8Array[]): string[] {
  return transactions.map((transaction) => asciiOf(transaction))
}

/** What a refusal's code is, and undefined for everything else. */
export function codeOf(outcome: unknown): string | undefined {
  return isReject(outcome) ? outcome.code : undefined
}
