import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isReject } from '../../../../src/consensus/reject.js'
import { addressOf, decodeAddress } from '../../../../src/consensus/secure/address.js'
import {
  bitsOfText,
  bitsText,
  blockWork,
  compactOf,
  targetOf,
} from '../../../../src/consensus/secure/compact-target.js'
import { hashOfShown, shownHash } from '../../../../src/consensus/secure/hash.js'
import { encodeHeader, headerHash, isAtMost } from '../../../../src/consensus/secure/header.js'
import { merkleRoot } from '../../../../src/consensus/secure/merkle.js'
import { formatCoins, parseCoins } from '../../../../src/consensus/secure/money.js'
import { bytesOfHex, hexOf } from '../../../../src/primitives/bytes.js'
import bitcoin from '../../../vectors/bitcoin-blocks.json' with { type: 'json' }

describe.each(bitcoin.blocks)('Bitcoin’s block $block', ({ header: hex, hash, bits }) => {
  const bytes = bytesOfHex(hex)
  const view = new DataView(bytes.buffer)
  const header = {
    version: view.getInt32(0, true),
    previousHash: bytes.slice(4, 36),
    merkleRoot: bytes.slice(36, 68),
    timestamp: view.getUint32(68, true),
    bits: view.getUint32(72, true),
    proof: view.getUint32(76, true),
  }

  test('its header has these 80 bytes, this hash, and the work that its bits ask for', () => {
    expect(hexOf(encodeHeader(header))).toBe(hex)
    expect(shownHash(headerHash(header))).toBe(hash)
    expect(bitsText(header.bits)).toBe(bits)
    const target = targetOf(header.bits)!
    expect(compactOf(target)).toBe(header.bits)
    expect(isAtMost(headerHash(header), target)).toBe(true)
    expect(isAtMost(headerHash(header), BigInt(`0x${hash}`))).toBe(true)
    expect(isAtMost(headerHash(header), BigInt(`0x${hash}`) - 1n)).toBe(false)
  })
})

// Of large blocks the file has the header alone.
test.each(bitcoin.blocks.filter(({ transaction_ids }) => transaction_ids !== null))(
  'the merkle root of Bitcoin’s block $block, of $transaction_count transactions',
  ({ merkle_root, transaction_ids }) => {
    const { root, hasEqualPair } = merkleRoot(transaction_ids!.map(hashOfShown))
    expect(shownHash(root)).toBe(merkle_root)
    expect(hasEqualPair).toBe(false)
  },
)

// Bitcoin Core's chainwork of block 1, and of the easiest target of its regression test network.
test.each([
  ['1d00ffff', 0x100010001n],
  ['207fffff', 2n],
])('the work of a block of %s', (bits, work) => {
  expect(blockWork(targetOf(bitsOfText(bits))!)).toBe(work)
})

test('of any target the compact form is no higher, and by less than its last bit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), (target) => {
      const near = targetOf(compactOf(target))!
      expect(near <= target && target - near < (target >> 15n) + 1n).toBe(true)
      expect(compactOf(near)).toBe(compactOf(target))
    }),
  )
})

describe('BIP 350: bech32m', () => {
  // "Test vectors for bech32m", valid: what they are made of is no address of ours, but the checksum is the same.
  test.each([
    ['A1LQFN3A'],
    ['a1lqfn3a'],
    ['an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6'],
    ['abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx'],
    ['split1checkupstagehandshakeupstreamerranterredcaperredlc445v'],
    ['?1v759aa'],
  ])('%s is valid', (text) => {
    expect(bech32m.decodeUnsafe(text as `${string}1${string}`)).toBeDefined()
    expect(decodeAddress('a', text)).toBeUndefined()
  })

  test.each([
    '\x201xj0phk',
    '\x7f1g6xzxy',
    'qyrz8wqd2c9m',
    '1qyrz8wqd2c9m',
    'y1b0jsk6g',
    'in1muywd',
    'mm1crxm3i',
    'au1s5cgom',
    'M1VUXWEZ',
    '16plkw9',
    '1p2gdwpf',
  ])('%j is not', (text) => {
    expect(bech32m.decodeUnsafe(text as `${string}1${string}`)).toBeUndefined()
  })

  test('no address: another prefix, upper case, one letter changed, bech32’s own checksum, another version, 19 or 21 bytes', () => {
    const address = addressOf('chain', new Uint8Array(32).fill(7))
    const [hash] = [decodeAddress('chain', address)!]
    expect(hash).toHaveLength(20)
    expect(decodeAddress('chaindev', address)).toBeUndefined()
    expect(decodeAddress('chain', address.toUpperCase())).toBeUndefined()
    for (let i = 0; i < address.length; i++) {
      const other = address[i] === 'q' ? 'p' : 'q'
      expect(decodeAddress('chain', address.slice(0, i) + other + address.slice(i + 1))).toBeUndefined()
    }
    const words = (bytes: Uint8Array) => bech32m.toWords(bytes)
    expect(decodeAddress('chain', bech32m.encode('chain', [1, ...words(hash)]))).toBeUndefined()
    for (const length of [19, 21]) {
      expect(decodeAddress('chain', bech32m.encode('chain', [0, ...words(new Uint8Array(length))]))).toBeUndefined()
    }
    // 20 bytes are 32 words to the bit: one word more is padding that is too long.
    expect(decodeAddress('chain', bech32m.encode('chain', [0, ...words(hash), 0]))).toBeUndefined()
  })

  test('an address with a prefix of 50 letters has 90, which is as many as the checksum protects', () => {
    const hrp = 'x'.repeat(50)
    const address = addressOf(hrp, new Uint8Array(32))
    expect(address).toHaveLength(90)
    expect(decodeAddress(hrp, address)).toHaveLength(20)
  })
})

describe('coins', () => {
  test.each([
    ['5', 500_000_000],
    ['0.00000001', 1],
    ['84000000', 8_400_000_000_000_000],
    [' 1.50 ', 150_000_000],
  ])('%j are %i grains', (text, grains) => {
    expect(parseCoins(text)).toBe(grains)
  })

  test.each([
    '',
    '-1',
    '+1',
    '1e3',
    '1,5',
    '.5',
    '5.',
    '0.000000001',
    '84000000.00000001',
    '0x10',
    'NaN',
    '1 000',
    '٣',
  ])('bad-amount: %j', (text) => {
    const parsed = parseCoins(text)
    expect(isReject(parsed) && parsed.code).toBe('bad-amount')
  })

  test('what is printed is read as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_400_000_000_000_000 }), (grains) => {
        expect(parseCoins(formatCoins(grains))).toBe(grains)
        expect(formatCoins(grains)).not.toMatch(/\.$|\..*0$|e/)
      }),
    )
  })
})
