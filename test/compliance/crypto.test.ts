import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as browser from '../../src/crypto/browser.js'
import * as node from '../../src/crypto/node.js'
import {
  BASE,
  bytes,
  challenge,
  encoded,
  L,
  messageFor,
  P,
  type Parts,
  SMALL_ORDER,
  signatureOf,
  T8,
  withS,
} from '../support/ed25519.js'
import { vectors } from '../support/vectors.js'

/** FIPS 180-4 and NIST's CAVP (SHA256ShortMsg.rsp, SHA256LongMsg.rsp): message in hex, digest. */
const NIST: readonly [message: string, digest: string][] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['d3', '28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1'],
  ['11af', '5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98'],
  ['b4190e', 'dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2'],
  ['74ba2521', 'b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e'],
  ['616263', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq').toString('hex'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    Buffer.from(
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    ).toString('hex'),
    'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
  ],
  ['61'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
]

/** RFC 8032, 7.1: tests 1, 2, 3 and SHA(abc): key, message, signature. */
const RFC_8032: readonly [publicKey: string, message: string, signature: string][] = [
  [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
]

interface Wycheproof {
  readonly tests: readonly {
    readonly tcId: number
    readonly public_key: string
    readonly message: string
    readonly signature: string
    readonly valid: boolean
    readonly comment: string
  }[]
}

const MESSAGE = bytes('6d657373616765')
const SECRET = 0x1234_5678_9abc_def0n
const NONCE = 0xfedc_ba98n
const KEY = BASE.multiply(SECRET).toBytes()
/** A key with a part of order 8. */
const MIXED_KEY = BASE.multiply(SECRET).add(T8).toBytes()
const HONEST: Parts = {
  secret: SECRET,
  publicKey: KEY,
  nonce: NONCE,
  r: BASE.multiply(NONCE).toBytes(),
  message: MESSAGE,
}

describe.each([
  ['src/crypto/node.ts', node],
  ['src/crypto/browser.ts', browser],
])('%s is #crypto', (_name, crypto) => {
  test.each(NIST.map(([message, digest]) => [message.length / 2, message, digest] as const))(
    'SHA-256 of NIST’s message of %i bytes',
    (_length, message, digest) => {
      const bytes = Uint8Array.from(Buffer.from(message, 'hex'))
      expect(crypto.sha256Hex(bytes)).toBe(digest)
      expect(crypto.sha256(bytes)).toHaveLength(32)
      expect(Buffer.from(crypto.sha256(bytes)).toString('hex')).toBe(digest)
    },
  )

  test('a text is hashed as UTF-8', () => {
    expect(crypto.sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(crypto.sha256Hex('é😀')).toBe(crypto.sha256Hex(Uint8Array.of(0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80)))
    expect(crypto.sha256Hex('\ud83d')).toBe(crypto.sha256Hex(Uint8Array.of(0xef, 0xbf, 0xbd)))
  })

  test('only the bytes of a view are hashed, and not what lies around them', () => {
    const around = Uint8Array.from(Buffer.from('xxabcxx'))
    expect(crypto.sha256Hex(around.subarray(2, 5))).toBe(crypto.sha256Hex('abc'))
  })

  const verifies = ({ publicKey, message }: Pick<Parts, 'publicKey' | 'message'>, signature: Uint8Array): boolean =>
    crypto.verifyEd25519(publicKey, message, signature)
  const holds = (parts: Parts): boolean => verifies(parts, signatureOf(parts))

  test.each(RFC_8032)('Ed25519: RFC 8032’s signature by %s', (publicKey, message, signature) => {
    expect(crypto.verifyEd25519(bytes(publicKey), bytes(message), bytes(signature))).toBe(true)
    expect(crypto.verifyEd25519(bytes(publicKey), bytes(`${message}00`), bytes(signature))).toBe(false)
  })

  test.each(vectors<Wycheproof>('wycheproof-ed25519.json').tests)(
    'Ed25519: Wycheproof $tcId, which is valid: $valid; $comment',
    ({ public_key, message, signature, valid }) => {
      expect(crypto.verifyEd25519(bytes(public_key), bytes(message), bytes(signature))).toBe(valid)
    },
  )

  test('Ed25519: of a signature, a key or a message any bit may be the one that is wrong', () => {
    const signature = signatureOf(HONEST)
    expect(verifies(HONEST, signature)).toBe(true)
    for (let bit = 0; bit < 512; bit++) expect(verifies(HONEST, flipped(signature, bit))).toBe(false)
    for (let bit = 0; bit < 256; bit++) {
      expect(verifies({ ...HONEST, publicKey: flipped(KEY, bit) }, signature)).toBe(false)
    }
    for (let bit = 0; bit < 8 * MESSAGE.length; bit++) {
      expect(verifies({ ...HONEST, message: flipped(MESSAGE, bit) }, signature)).toBe(false)
    }
  })

  test('Ed25519: a key or a signature of another length is none', () => {
    const signature = signatureOf(HONEST)
    for (const publicKey of [KEY.subarray(1), bytes(''), Uint8Array.of(...KEY, 0), Uint8Array.of(0, ...KEY)]) {
      expect(verifies({ ...HONEST, publicKey }, signature)).toBe(false)
    }
    for (const other of [signature.subarray(0, 63), bytes(''), Uint8Array.of(...signature, 0)]) {
      expect(verifies(HONEST, other)).toBe(false)
    }
  })

  test('Ed25519: only the bytes of views count', () => {
    const around = Uint8Array.of(1, 2, 3, ...KEY, ...MESSAGE, ...signatureOf(HONEST), 4, 5, 6)
    const [key, message] = [around.subarray(3, 35), around.subarray(35, 35 + MESSAGE.length)]
    expect(crypto.verifyEd25519(key, message, around.subarray(35 + MESSAGE.length, -3))).toBe(true)
  })

  test('Ed25519: S is below L, also where the equation holds mod L', () => {
    const signature = signatureOf(HONEST)
    for (const times of [1n, 2n, 7n, 15n]) {
      expect(
        verifies(
          HONEST,
          withS(signature, (s) => s + times * L),
        ),
      ).toBe(false)
    }
  })

  test('Ed25519: S = 0 is allowed, S = L is not', () => {
    // The neutral point as a key: whatever k is, S·B alone has to be R.
    const publicKey = encoded(1n, 0)
    const r = encoded(1n, 0)
    const zero = signatureOf({ secret: 0n, publicKey, nonce: 0n, r, message: MESSAGE })
    expect(verifies({ publicKey, message: MESSAGE }, zero)).toBe(true)
    expect(
      verifies(
        { publicKey, message: MESSAGE },
        withS(zero, () => L),
      ),
    ).toBe(false)
    const largest = signatureOf({
      secret: 0n,
      publicKey,
      nonce: L - 1n,
      r: BASE.negate().toBytes(),
      message: MESSAGE,
    })
    expect(verifies({ publicKey, message: MESSAGE }, largest)).toBe(true)
  })

  test('Ed25519: R is compared byte by byte, with the canonical encoding', () => {
    // R is the neutral point, of which there are four encodings.
    const neutral = { ...HONEST, nonce: 0n }
    expect(holds({ ...neutral, r: encoded(1n, 0) })).toBe(true)
    expect(holds({ ...neutral, r: encoded(1n, 1) })).toBe(false)
    expect(holds({ ...neutral, r: encoded(P + 1n, 0) })).toBe(false)
    expect(holds({ ...neutral, r: encoded(P + 1n, 1) })).toBe(false)
  })

  test('Ed25519: a part of small order counts: with the cofactor it would not', () => {
    const mixed = { ...HONEST, publicKey: MIXED_KEY }
    const good = messageFor((message) => (challenge(mixed.r, MIXED_KEY, message) % L) % 8n === 0n)
    expect(holds({ ...mixed, message: good })).toBe(true)
    for (let rest = 1n; rest < 8n; rest++) {
      const message = messageFor((tried) => (challenge(mixed.r, MIXED_KEY, tried) % L) % 8n === rest)
      const signature = signatureOf({ ...mixed, message })
      expect(verifies({ ...mixed, message }, signature)).toBe(false)
      // Which is why noble's own does not serve.
      expect(ed25519.verify(signature, message, MIXED_KEY, { zip215: false })).toBe(true)
    }
  })

  test('Ed25519: k is reduced before it multiplies', () => {
    const mixed = { ...HONEST, publicKey: MIXED_KEY }
    const k = (message: Uint8Array): bigint => challenge(mixed.r, MIXED_KEY, message)
    const reduced = messageFor((message) => (k(message) % L) % 8n === 0n && k(message) % 8n !== 0n)
    expect(holds({ ...mixed, message: reduced })).toBe(true)
    const unreduced = messageFor((message) => (k(message) % L) % 8n !== 0n && k(message) % 8n === 0n)
    expect(holds({ ...mixed, message: unreduced })).toBe(false)
  })

  test.each([1, 2, 3, 4, 5, 6, 7])('Ed25519: R may have a part of small order, such as −%i T', (times) => {
    const r = BASE.multiply(NONCE)
      .subtract(T8.multiplyUnsafe(BigInt(times)))
      .toBytes()
    const mixed = { ...HONEST, publicKey: MIXED_KEY, r }
    const left = (message: Uint8Array): number => Number((challenge(r, MIXED_KEY, message) % L) % 8n)
    expect(holds({ ...mixed, message: messageFor((message) => left(message) === times) })).toBe(true)
    expect(holds({ ...mixed, message: messageFor((message) => left(message) !== times) })).toBe(false)
    // For a key without such a part it is never right.
    expect(holds({ ...HONEST, r })).toBe(false)
  })

  test('Ed25519: a key of small order is a key; to refuse it is up to who asks', () => {
    for (const [i, point] of SMALL_ORDER.entries()) {
      const publicKey = point.toBytes()
      const small = { ...HONEST, secret: 0n, publicKey }
      const left = (message: Uint8Array): bigint => ((challenge(small.r, publicKey, message) % L) * BigInt(i)) % 8n
      expect(holds({ ...small, message: messageFor((message) => left(message) === 0n) })).toBe(true)
      if (i > 0) expect(holds({ ...small, message: messageFor((message) => left(message) !== 0n) })).toBe(false)
    }
  })

  test('Ed25519: so is one whose y is not below p, and one of x = 0 with a sign', () => {
    for (const publicKey of [encoded(1n, 1), encoded(P + 1n, 0), encoded(P + 1n, 1)]) {
      expect(holds({ ...HONEST, secret: 0n, publicKey })).toBe(true)
    }
    const minusOne = { ...HONEST, secret: 0n, publicKey: encoded(P - 1n, 1) }
    const left = (message: Uint8Array): bigint => (challenge(minusOne.r, minusOne.publicKey, message) % L) % 2n
    expect(holds({ ...minusOne, message: messageFor((message) => left(message) === 0n) })).toBe(true)
    expect(holds({ ...minusOne, message: messageFor((message) => left(message) === 1n) })).toBe(false)
  })

  test('Ed25519: what is no point is no key', () => {
    // y = 2 has no x.
    for (const publicKey of [encoded(2n, 0), encoded(2n, 1), encoded(P + 2n, 0)]) {
      expect(holds({ ...HONEST, secret: 0n, publicKey })).toBe(false)
    }
  })

  test('Ed25519: more keys than are kept ready, each of them again', () => {
    const publicKeys = Array.from({ length: crypto === node ? 5000 : 20 }, (_, i) => encoded(BigInt(1000 + i), 0))
    const signature = signatureOf(HONEST)
    for (const publicKey of publicKeys) expect(verifies({ ...HONEST, publicKey }, signature)).toBe(false)
    expect(verifies(HONEST, signature)).toBe(true)
    for (const publicKey of publicKeys) expect(verifies({ ...HONEST, publicKey }, signature)).toBe(false)
    expect(verifies(HONEST, signature)).toBe(true)
  })
})

function flipped(data: Uint8Array, bit: number): Uint8Array {
  return data.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}

describe('both agree', () => {
  test('on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(browser.sha256Hex(bytes)).toBe(node.sha256Hex(bytes))
        expect([...browser.sha256(bytes)]).toEqual([...node.sha256(bytes)])
      }),
      { numRuns: 500 },
    )
  })

  test('on any text, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) }), (text) => {
        expect(browser.sha256Hex(text)).toBe(node.sha256Hex(text))
      }),
      { numRuns: 500 },
    )
  })

  test('on any key and signature', () => {
    const part = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(...SMALL_ORDER.map((point) => point.toBytes()), KEY, MIXED_KEY),
      // Around p, where encodings are not canonical, with either sign.
      fc
        .record({ y: fc.bigInt({ min: P - 30n, max: P + 18n }), sign: fc.constantFrom(0, 1) })
        .map((of) => encoded(of.y, of.sign)),
    )
    fc.assert(
      fc.property(part, part, part, fc.uint8Array(), (publicKey, r, s, message) => {
        const signature = Uint8Array.of(...r, ...s)
        expect(browser.verifyEd25519(publicKey, message, signature)).toBe(
          node.verifyEd25519(publicKey, message, signature),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('on signatures in which anything may have a part of small order', () => {
    const times = fc.bigInt({ min: 0n, max: 7n })
    fc.assert(
      fc.property(times, times, fc.nat(), (ofKey, ofR, number) => {
        const publicKey = BASE.multiply(SECRET).add(T8.multiplyUnsafe(ofKey)).toBytes()
        const r = BASE.multiply(NONCE).subtract(T8.multiplyUnsafe(ofR)).toBytes()
        const message = Uint8Array.from(Buffer.from(String(number)))
        const signature = signatureOf({ secret: SECRET, publicKey, nonce: NONCE, r, message })
        const k = challenge(r, publicKey, message) % L
        const holds = (k * ofKey) % 8n === ofR
        expect(node.verifyEd25519(publicKey, message, signature)).toBe(holds)
        expect(browser.verifyEd25519(publicKey, message, signature)).toBe(holds)
      }),
      { numRuns: 300 },
    )
  })
})
