import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isReject } from '../../../../src/consensus/reject.js'
import type { Inclusion } from '../../../../src/consensus/rules.js'
import { sha256d } from '../../../../src/consensus/secure/hash.js'
import { merkleBranch, merkleRoot, rootOfBranch } from '../../../../src/consensus/secure/merkle.js'
import { hexOf } from '../../../../src/primitives/bytes.js'
import { type JsonValue, readCanonicalJson } from '../../../../src/primitives/json/value.js'
import { DEV_RULES, decodeSecure, Holder, nextBlock, secureChain } from '../../../support/secure.js'
import { codeOf } from '../../../support/tutorial.js'
import { vectors } from '../../../support/vectors.js'

const [alice, bob] = [new Holder(1), new Holder(2)]
const NOW = 1_900_000_000

test('the branch of every leaf leads to the root, whatever the number of leaves', () => {
  for (let count = 1; count <= 40; count++) {
    const leaves = Array.from({ length: count }, (_, i) => sha256d(Uint8Array.of(i, count)))
    const { root } = merkleRoot(leaves)
    for (const [i, leaf] of leaves.entries()) {
      expect(rootOfBranch(leaf, i, merkleBranch(leaves, i)), `${i} of ${count}`).toEqual(root)
    }
  }
})

test('Bitcoin’s blocks: the branch of each transaction leads to the root in the header', () => {
  const { blocks } = vectors<{ blocks: { merkle_root: string; transaction_ids: string[] | null }[] }>(
    'bitcoin-blocks.json',
  )
  const listed = blocks.filter(({ transaction_ids }) => transaction_ids !== null)
  const bytes = (shown: string): Uint8Array => Uint8Array.from(Buffer.from(shown, 'hex').reverse())
  expect(listed.length).toBeGreaterThan(0)
  for (const { merkle_root, transaction_ids } of listed) {
    const leaves = transaction_ids!.map(bytes)
    for (const [i, leaf] of leaves.entries()) {
      expect(rootOfBranch(leaf, i, merkleBranch(leaves, i))).toEqual(bytes(merkle_root))
    }
  }
})

describe('a place in a block', () => {
  const parent = secureChain(DEV_RULES.genesis(), [{ miner: alice.address }])[0]!
  const block = decodeSecure(
    nextBlock(parent, {
      miner: bob.address,
      transfers: [0, 1, 2, 3, 4].map((nonce) => alice.pay(bob.address, { nonce })),
    }),
  )
  const header = DEV_RULES.headerOf(block)
  const json = (position: number): JsonValue => readCanonicalJson(block.transactions[position]!.encoded)
  const inclusions = block.transactions.map((_, i) => DEV_RULES.inclusionOf(block, i))

  test.each(inclusions)('$position is proved by the header, and tells the id', (inclusion) => {
    const { position } = inclusion
    expect(DEV_RULES.checkInclusion(json(position), inclusion, header)).toEqual({
      id: block.transactions[position]!.id,
    })
    expect(inclusion.extraNonce === undefined).toBe(position > 0)
  })

  test('nothing else proves it: another transaction, place, header, or a bit of the branch', () => {
    const refused = (position: number, inclusion: Inclusion, bytes = header): boolean =>
      isReject(DEV_RULES.checkInclusion(json(position), inclusion, bytes))
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.nat({ max: 5 }), fc.nat({ max: 79 }), fc.nat({ max: 2 }), (i, j, at, row) => {
        const inclusion = inclusions[i]!
        if (i !== j) {
          expect(refused(j, inclusion)).toBe(true)
          expect(refused(i, { ...inclusion, position: j })).toBe(true)
        }
        const branch = inclusion.branch.map((node, k) => (k === row ? node.with(at % 32, node[at % 32]! ^ 1) : node))
        expect(refused(i, { ...inclusion, branch })).toBe(true)
        expect(refused(i, { ...inclusion, branch: inclusion.branch.slice(1) })).toBe(true)
        if (at >= 36 && at < 68) expect(refused(i, inclusion, header.with(at, header[at]! ^ 1))).toBe(true)
      }),
    )
    expect(refused(0, { ...inclusions[0]!, extraNonce: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) })).toBe(true)
    const { extraNonce: _, ...bare } = inclusions[0]!
    expect(refused(0, bare)).toBe(true)
    expect(refused(1, { ...inclusions[1]!, extraNonce: block.extraNonce })).toBe(true)
    // Of six transactions the last pair is paired with itself: 6 and 7 would lead to the root as 4 and 5 do.
    for (const [i, position] of [
      [4, 6],
      [5, 7],
    ] as const)
      expect(refused(i, { ...inclusions[i]!, position })).toBe(true)
    // 2^branch places are all there are.
    expect(refused(1, { ...inclusions[1]!, position: 9 })).toBe(true)
    expect(refused(1, inclusions[1]!, header.slice(1))).toBe(true)
    expect(isReject(DEV_RULES.checkInclusion(null, inclusions[1]!, header))).toBe(true)
  })
})

describe('headers alone', () => {
  const chain = secureChain(
    DEV_RULES.genesis(),
    Array.from({ length: 6 }, () => ({ miner: alice.address })),
  )
  const headers = chain.map((block) => DEV_RULES.headerOf(block))

  test('are checked like their blocks, and add up to the chain’s work', () => {
    const checker = DEV_RULES.headerChecker(NOW)
    for (const header of headers) expect(checker.add(header)).toBeUndefined()
    expect(checker.tip).toEqual({ height: 7, hash: chain.at(-1)!.hash })
    expect(checker.work).toBe(12n)
    expect(DEV_RULES.headerHash(headers[5]!)).toBe(chain[5]!.hash)
  })

  test('one that is missing, changed, early or no header is refused, and the tip stays', () => {
    const cases: [code: string, header: Uint8Array, now?: number][] = [
      ['prev-blk-not-found', headers[3]!],
      ['bad-format', headers[2]!.slice(1)],
      ['bad-format', new Uint8Array(0)],
      ['bad-version', headers[2]!.with(3, 0x40)],
      ['bad-diffbits', headers[2]!.with(75, 0x21)],
      ['time-too-new', headers[2]!, 1_000_000_000],
    ]
    for (const [code, header, now = NOW] of cases) {
      const checker = DEV_RULES.headerChecker(NOW)
      for (const each of headers.slice(0, 2)) checker.add(each)
      const late = now === NOW ? checker : DEV_RULES.headerChecker(now)
      const refusal = now === NOW ? late.add(header) : late.add(headers[0]!)
      expect(codeOf(refusal), hexOf(header)).toBe(code)
      expect(late.tip.height).toBe(now === NOW ? 3 : 1)
    }
  })
})
