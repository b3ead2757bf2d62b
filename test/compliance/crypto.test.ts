import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as browser from '../../src/crypto/browser.js'
import * as node from '../../src/crypto/node.js'

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
})

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
})
