import { describe, expect, test } from 'vitest'
import { isReject } from '../../../../src/consensus/reject.js'
import { addressOf } from '../../../../src/consensus/secure/address.js'
import {
  bitsOfText,
  bitsText,
  blockWork,
  compactOf,
  targetOf,
} from '../../../../src/consensus/secure/compact-target.js'
import { DEV, definitionText, networkId, readDefinition, SECURE } from '../../../../src/consensus/secure/definition.js'
import { nextBits } from '../../../../src/consensus/secure/difficulty.js'
import { hashOfShown, shownHash } from '../../../../src/consensus/secure/hash.js'
import { coinbaseBranch, merkleLeaves, merkleRoot } from '../../../../src/consensus/secure/merkle.js'
import { subsidyAt } from '../../../../src/consensus/secure/money.js'
import { signedText, type TransferFields, transactionOf } from '../../../../src/consensus/secure/transaction.js'
import { bytesOfHex, textOf, utf8 } from '../../../../src/primitives/bytes.js'
import { parseJson } from '../../../../src/primitives/json/value.js'
import { DEV_RULES } from '../../../support/secure.js'
import { SecureJudge } from '../../../support/secure-judge.js'
import vectors from '../../../vectors/secure.json' with { type: 'json' }

// Figures that an independent program worked out: see "source" in the file.

test.each(vectors.networks)('the network $definition.name: its text and its id', ({ definition, jcs, id }) => {
  const read = readDefinition(parseJson(utf8(JSON.stringify(definition)), { maxDepth: 2, maxBytes: 10_000 }))
  if (isReject(read)) throw new Error(read.message)
  expect(definitionText(read)).toBe(jcs)
  expect(networkId(read)).toBe(id)
  expect(networkId(definition.name === 'dev' ? DEV : SECURE)).toBe(id)
})

test.each(vectors.addresses)('the addresses of $public_key', ({ public_key, secure, dev }) => {
  const key = bytesOfHex(public_key)
  expect([addressOf('chain', key), addressOf('chaindev', key)]).toEqual([secure, dev])
})

test('a signed transfer: what is signed, what is hashed, its id, and that it is taken', () => {
  const { network, signed, transaction, jcs, id } = vectors.transfer
  const transfer = transactionOf(transaction as TransferFields)
  expect(signedText(transaction as TransferFields, network)).toBe(signed)
  expect(textOf(transfer.jcs)).toBe(jcs)
  expect(transfer.id).toBe(id)
  const request = parseJson(utf8(JSON.stringify(transaction)), DEV_RULES.blockLimits)
  const encoded = DEV_RULES.decodeTransaction(request)
  if (isReject(encoded)) throw new Error(encoded.message)
  expect(DEV_RULES.transactionId(encoded)).toBe(id)
})

test('a chain of three blocks, and what it comes to', async () => {
  const { blocks, state } = vectors.chain
  const judge = new SecureJudge(DEV_RULES)
  const [genesis, ...others] = blocks
  expect(JSON.parse(textOf(judge.tip.encoded))).toEqual(genesis)
  let work = 0n
  for (const block of others) {
    expect(await judge.connect(JSON.stringify(block), 2_000_000_000)).toBeUndefined()
    expect(JSON.parse(textOf(judge.tip.encoded))).toEqual(block)
    work += DEV_RULES.weightOf(judge.tip)
  }
  expect({ tip: judge.tip.hash, work: String(work) }).toEqual({ tip: state.tip, work: state.work })
  for (const [address, [balance]] of Object.entries(state.accounts)) {
    const { amount } = DEV_RULES.readBalance(judge.ledger.get(DEV_RULES.balanceKey(address)))
    expect(Math.round(Number(amount) * 1e8)).toBe(balance)
  }
})

test.each(vectors.subsidies)('the subsidy of block $index is $subsidy', ({ index, subsidy }) => {
  expect(subsidyAt(SECURE, index)).toBe(subsidy)
})

test.each(vectors.targets)('the target of $bits', ({ bits, target, work, compact }) => {
  const own = targetOf(bitsOfText(bits))
  expect(own?.toString(16).padStart(64, '0') ?? null).toBe(target)
  expect(own === undefined ? null : String(blockWork(own))).toBe(work)
  expect(own === undefined ? null : bitsText(compactOf(own))).toBe(compact)
})

test.each(vectors.retargets.cases)('after $parent_bits and $solve s comes $bits', ({ parent_bits, solve, bits }) => {
  const parent = { bits: bitsOfText(parent_bits), timestamp: 2_000_000_000 + solve }
  expect(bitsText(nextBits(SECURE, 4, parent, 2_000_000_000))).toBe(bits)
})

describe('the merkle root', () => {
  test.each(vectors.merkle_roots)('of $ids.length transactions', ({ ids, extra_nonce, root }) => {
    const [first, ...others] = ids.map(hashOfShown)
    const leaves = first === undefined ? [] : merkleLeaves(first, bytesOfHex(extra_nonce), others)
    expect(shownHash(merkleRoot(leaves).root)).toBe(root)
    // The way up from the first leaf leads there, too.
    if (first === undefined) return
    const up = coinbaseBranch(others).reduce((node, sibling) => merkleRoot([node, sibling]).root, leaves[0]!)
    expect(shownHash(up)).toBe(root)
  })
})
