import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { isReject } from '../../../src/consensus/reject.js'
import type { TutorialBlock } from '../../../src/consensus/tutorial/block.js'
import { ChainAnswerReader } from '../../../src/consensus/tutorial/chain-answer.js'
import { TutorialRules } from '../../../src/consensus/tutorial/rules.js'
import { asciiOf, utf8 } from '../../../src/primitives/bytes.js'
import { canonicalJson } from '../../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../../src/primitives/json/syntax-error.js'
import { isJsonObject, JsonNumber, parseJson, readCanonicalJson } from '../../../src/primitives/json/value.js'
import { answerOf, cut, linkedBlocks, looseBlocks } from '../../support/chain-answers.js'
import { jsonText, numberText } from '../../support/json-texts.js'
import { BLOCK_LIMITS } from '../../support/limits.js'
import { MemoryLedger } from '../../support/memory-ledger.js'
import { spliced, withMistakes } from '../../support/mutations.js'
import { largeText, oddNumber, oddText } from '../../support/odd-json.js'
import { demand, legible, type Outcome, type Stopwatch, stateless, type Target } from './target.js'

interface AnswerInput {
  /** What it is, where it is too large to be shown. */
  readonly label: string
  readonly text: Uint8Array
  /** The bytes of the pieces in which it arrives, over and over. */
  readonly pieces: readonly number[]
}

const ZEROS = 1
const ARTICLE = new TutorialRules('article', ZEROS)
const BOUND = new TutorialRules('bound', ZEROS)

const amount = fc.oneof(numberText, oddNumber, jsonText)
const answer = fc
  .oneof(answerOf(linkedBlocks(ZEROS, amount)), answerOf(looseBlocks), answerOf(fc.array(oddText, { maxLength: 3 })))
  .map(({ text }) => utf8(text))

const smallPieces = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })
const smallAnswer: fc.Arbitrary<AnswerInput> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: answer },
      { weight: 3, arbitrary: withMistakes(answer) },
      { weight: 1, arbitrary: spliced(answer) },
    ),
    smallPieces,
  )
  .map(([text, pieces]) => ({ label: '', text, pieces }))

const payment = (sender: string, recipient: string, amount: string): string =>
  `{"sender":"${sender}","recipient":"${recipient}","amount":${amount}}`

/** Blocks of about so many bytes that are dear to read, or to add up. */
const LARGE_BLOCKS: Readonly<Record<string, (size: number) => string[]>> = {
  'payments between two': (size) => Array(Math.ceil(size / 50)).fill(payment('a', 'b', '1')),
  'payments of many': (size) => Array.from({ length: size / 55 }, (_, i) => payment(`s${i}`, `r${i}`, '0.5')),
  'amounts of each exponent': (size) =>
    Array.from({ length: size / 50 }, (_, i) => payment('a', `r${Math.floor(i / 632)}`, `1e${(i % 632) - 323}`)),
  'the largest and the smallest amount': (size) =>
    Array.from({ length: size / 50 }, (_, i) => payment('', `r${i >> 1}`, i % 2 === 0 ? '1e308' : '5e-324')),
  'amounts of 4,300 digits': (size) => Array(Math.ceil(size / 4_350)).fill(payment('a', 'b', '9'.repeat(4_300))),
}

const largeBlock = fc
  .tuple(fc.constantFrom(...Object.keys(LARGE_BLOCKS)), fc.integer({ min: 10, max: 20 }))
  .map(([kind, bits]) => ({
    label: `${kind}, 2^${bits} bytes`,
    text: `{"transactions":[${LARGE_BLOCKS[kind]!(2 ** bits).join(',')}]}`,
  }))

const largeAnswer: fc.Arbitrary<AnswerInput> = fc
  .tuple(fc.oneof(largeBlock, largeText(23)), fc.constantFrom(1_460, 65_536, 2 ** 26))
  .map(([{ label, text }, piece]) => ({
    label: `${label}, in pieces of ${piece}`,
    text: utf8(`{"chain":[${text}]}`),
    pieces: [piece],
  }))

/** The reading of a peer's chain, the judging of its blocks, and the ledger that they change. */
export const blocksTarget: Target<AnswerInput> = {
  name: 'blocks',
  inputs: fc.oneof({ weight: 1_000, arbitrary: smallAnswer }, { weight: 1, arbitrary: largeAnswer }),
  label: ({ label, text }) => label || legible(text),
  bytesOf: ({ text }) => text.length,
  open: () => stateless(judge),
}

function judge({ text, pieces }: AnswerInput, stopwatch: Stopwatch): Outcome {
  const printed = read([text], stopwatch)
  const inPieces = read(cut(text, pieces), stopwatch)
  demand(printed?.join('\n') === inPieces?.join('\n'), 'an answer reads the same however it is cut')
  if (printed === undefined) return 'refused'

  const blocks: TutorialBlock[] = []
  for (const block of printed) {
    const decoded = stopwatch.time(() => ARTICLE.decodeBlock(utf8(block)))
    if (isReject(decoded)) {
      demand(decoded.code === 'bad-format' && !block.startsWith('{'), 'an object is a block')
      return 'refused'
    }
    checkRoundTrip(decoded, block)
    checkTransactions(decoded)
    blocks.push(decoded)
  }
  const refusals = blocks.map((block, i) => stopwatch.time(() => ARTICLE.checkBlock(block, blocks[i - 1])))
  for (const [i, block] of blocks.entries()) {
    const code = BOUND.checkBlock(block, blocks[i - 1])?.code
    // With one zero a proof may be right for both.
    demand(code !== 'other-edition' || refusals[i] === undefined, 'what is of the other edition is valid there')
  }
  checkLedger(blocks, stopwatch)
  return refusals.some((refusal) => refusal !== undefined) ? 'refused' : 'accepted'
}

/** The blocks of an answer as they are printed; undefined where it is none. */
function read(chunks: readonly Uint8Array[], stopwatch: Stopwatch): string[] | undefined {
  const reader = new ChainAnswerReader(BLOCK_LIMITS)
  try {
    const blocks = chunks.flatMap((chunk) => stopwatch.time(() => reader.push(chunk)))
    return [...blocks, ...stopwatch.time(() => reader.end())].map((block) => asciiOf(block))
  } catch (error) {
    demand(error instanceof JsonSyntaxError, `it throws only JsonSyntaxError, not ${error}`)
    return undefined
  }
}

function checkRoundTrip(block: TutorialBlock, printed: string): void {
  const { encoded, hash } = block
  demand(asciiOf(encoded) === printed, 'a block is kept as it is printed')
  demand(hash === createHash('sha256').update(encoded).digest('hex'), 'a block’s hash is that of its printed form')
  demand(asciiOf(canonicalJson(encoded, BLOCK_LIMITS)) === printed, 'a block’s printed form is canonical')
  const again = ARTICLE.readBlock(encoded)
  demand(again.hash === hash, 'an encoded block decodes to the same one')
  demand(JSON.stringify(again.proof) === JSON.stringify(block.proof), 'and to the same proof')
  demand(asciiOf(ARTICLE.blockJson(encoded)) === printed, 'what is served of a block is what was read')
}

function checkTransactions(block: TutorialBlock): void {
  for (const { encoded: transaction } of ARTICLE.transactionsOf(block)) {
    const request = parseJson(transaction, BLOCK_LIMITS)
    demand(!isReject(ARTICLE.decodeTransaction(request)), 'what may be pending again may be submitted')
    demand(typeof ARTICLE.transactionId(transaction) === 'string', 'each transaction has an id')
  }
}

function checkLedger(blocks: readonly TutorialBlock[], stopwatch: Stopwatch): void {
  const ledger = new MemoryLedger()
  const states = blocks.map((block) => {
    const before = ledger.contents()
    const keys = new Set(stopwatch.time(() => ARTICLE.ledgerKeys(block)))
    stopwatch.time(() => ARTICLE.connectBlock(block, ledger))
    const values = new Map(before)
    const changed = ledger.contents().filter(([key, value]) => values.get(key) !== value)
    demand(
      changed.every(([key]) => keys.has(key)),
      'a block changes only the keys that it names',
    )
    return before
  })
  for (const [address, sum] of sumsOf(blocks)) {
    const { amount } = ARTICLE.readBalance(ledger.get(ARTICLE.balanceKey(address)))
    demand(/^-?\d+(\.\d+)?$/.test(amount), 'a balance is a decimal number')
    demand(scaled(amount) === sum, 'a balance is the exact sum of what was received less what was sent')
  }
  for (const [i, block] of [...blocks.entries()].reverse()) {
    stopwatch.time(() => ARTICLE.disconnectBlock(block, new Uint8Array(0), ledger))
    demand(JSON.stringify(ledger.contents()) === JSON.stringify(states[i]), 'what is connected can be taken back')
  }
}

/** Of each address what it got less what it sent, in units of 10^-400. */
function sumsOf(blocks: readonly TutorialBlock[]): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  const add = (address: unknown, amount: bigint): void => {
    if (typeof address === 'string') sums.set(address, (sums.get(address) ?? 0n) + amount)
  }
  for (const { encoded } of blocks) {
    const { transactions } = readCanonicalJson(encoded) as { transactions?: unknown }
    for (const transaction of Array.isArray(transactions) ? transactions : []) {
      if (!isJsonObject(transaction) || !(transaction.amount instanceof JsonNumber)) continue
      const amount = scaled(transaction.amount.text)
      add(transaction.sender, -amount)
      add(transaction.recipient, amount)
    }
  }
  return sums
}

function scaled(number: string): bigint {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(number)!
  const units = BigInt(`${whole}${fraction}${'0'.repeat(400 + Number(exponent) - fraction.length)}`)
  return sign === '-' ? -units : units
}
