import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOnCurve, isSmallOrderKey } from '../../../src/consensus/ed25519-key.js'
import { faultOfSignature } from '../../../src/consensus/signature.js'
import {
  BASE,
  bytes,
  challenge,
  decoded,
  encoded,
  L,
  messageFor,
  P,
  type Parts,
  SMALL_ORDER,
  signatureOf,
  T8,
  withS,
} from '../../support/ed25519.js'

const SECRET = 0x1234_5678_9abc_def0n
const NONCE = 0xfedc_ba98n
const HONEST: Parts = {
  secret: SECRET,
  publicKey: BASE.multiply(SECRET).toBytes(),
  nonce: NONCE,
  r: BASE.multiply(NONCE).toBytes(),
  message: bytes('6d657373616765'),
}
const MIXED = { ...HONEST, publicKey: BASE.multiply(SECRET).add(T8).toBytes() }

/** The fault of a signature of which the base point's part is right. */
function faultOf(parts: Parts) {
  return faultOfSignature({ ...parts, signature: signatureOf(parts) })
}

/** A key of small order, which has nothing of the base point: with it, R = S·B holds for every message that leaves none of it. */
function withoutSecret(publicKey: Uint8Array): Parts {
  return { ...HONEST, secret: 0n, publicKey }
}

/** A message for which the key's part of small order vanishes, so that the equation holds. */
function vanishing({ r, publicKey }: Parts): Uint8Array {
  return messageFor((message) => (challenge(r, publicKey, message) % L) % 8n === 0n)
}

test('an honest signature is good', () => {
  expect(faultOf(HONEST)).toBeUndefined()
  expect(faultOf({ ...HONEST, message: bytes('') })).toBeUndefined()
})

describe('bad-public-key', () => {
  test('bad-public-key: 8·A is neutral, though the equation holds', () => {
    for (const point of SMALL_ORDER) {
      const parts = withoutSecret(point.toBytes())
      expect(faultOf({ ...parts, message: vanishing(parts) })).toBe('bad-public-key')
      expect(faultOf(parts)).toBe('bad-public-key')
    }
  })

  test('bad-public-key: x = 0 with the sign bit', () => {
    for (const y of [1n, P - 1n]) {
      const parts = withoutSecret(encoded(y, 1))
      expect(faultOf({ ...parts, message: vanishing(parts) })).toBe('bad-public-key')
    }
  })

  test('bad-public-key: y = p, and all others up to 2^255 − 1', () => {
    for (let y = P; y < 2n ** 255n; y++) {
      for (const sign of [0, 1] as const) {
        const parts = withoutSecret(encoded(y, sign))
        expect(faultOf(parts)).toBe('bad-public-key')
        expect(faultOf({ ...parts, message: vanishing(parts) })).toBe('bad-public-key')
      }
    }
  })

  test('bad-public-key: no x for its y', () => {
    // The least such y, and the largest.
    for (const y of [2n, P - 2n]) {
      expect(decoded(encoded(y, 0))).toBeUndefined()
      for (const sign of [0, 1] as const) expect(faultOf(withoutSecret(encoded(y, sign)))).toBe('bad-public-key')
    }
  })

  test('bad-public-key: 31 bytes, 33 and none', () => {
    const signature = signatureOf(HONEST)
    for (const publicKey of [HONEST.publicKey.subarray(1), Uint8Array.of(...HONEST.publicKey, 0), bytes('')]) {
      expect(faultOfSignature({ ...HONEST, publicKey, signature })).toBe('bad-public-key')
    }
  })

  test('bad-public-key: it comes before bad-signature', () => {
    for (const publicKey of [encoded(1n, 0), encoded(2n, 0), encoded(P, 0), encoded(1n, 1)]) {
      const [message, nothing] = [HONEST.message, new Uint8Array(64)]
      expect(faultOfSignature({ publicKey, message, signature: nothing })).toBe('bad-public-key')
      expect(faultOfSignature({ publicKey, message, signature: nothing.subarray(1) })).toBe('bad-public-key')
    }
  })
})

describe('bad-signature', () => {
  test('bad-signature: another message, another key, another R, another S', () => {
    const signature = signatureOf(HONEST)
    const [message, publicKey] = [bytes('6d'), BASE.multiply(7n).toBytes()]
    expect(faultOfSignature({ ...HONEST, message, signature })).toBe('bad-signature')
    expect(faultOfSignature({ ...HONEST, publicKey, signature })).toBe('bad-signature')
    expect(faultOf({ ...HONEST, nonce: NONCE + 1n })).toBe('bad-signature')
    expect(faultOfSignature({ ...HONEST, signature: withS(signature, (s) => s ^ 1n) })).toBe('bad-signature')
  })

  test('bad-signature: S = s + L', () => {
    const signature = withS(signatureOf(HONEST), (s) => s + L)
    expect(faultOfSignature({ ...HONEST, signature })).toBe('bad-signature')
  })

  test('bad-signature: R in an encoding that is not canonical', () => {
    const neutral = { ...HONEST, nonce: 0n }
    expect(faultOf({ ...neutral, r: encoded(1n, 0) })).toBeUndefined()
    expect(faultOf({ ...neutral, r: encoded(1n, 1) })).toBe('bad-signature')
    expect(faultOf({ ...neutral, r: encoded(P + 1n, 0) })).toBe('bad-signature')
  })

  test('bad-signature: it holds only with the cofactor; the key, of mixed order, is good', () => {
    expect(faultOf({ ...MIXED, message: vanishing(MIXED) })).toBeUndefined()
    const left = messageFor((message) => (challenge(MIXED.r, MIXED.publicKey, message) % L) % 8n === 1n)
    expect(faultOf({ ...MIXED, message: left })).toBe('bad-signature')
  })

  test('bad-signature: it holds only for k that is not reduced', () => {
    const k = (message: Uint8Array): bigint => challenge(MIXED.r, MIXED.publicKey, message)
    const unreduced = messageFor((message) => k(message) % 8n === 0n && (k(message) % L) % 8n !== 0n)
    expect(faultOf({ ...MIXED, message: unreduced })).toBe('bad-signature')
    const reduced = messageFor((message) => k(message) % 8n !== 0n && (k(message) % L) % 8n === 0n)
    expect(faultOf({ ...MIXED, message: reduced })).toBeUndefined()
  })

  test('bad-signature: 63 bytes, 65 and none', () => {
    const signature = signatureOf(HONEST)
    for (const other of [signature.subarray(0, 63), Uint8Array.of(...signature, 0), bytes('')]) {
      expect(faultOfSignature({ ...HONEST, signature: other })).toBe('bad-signature')
    }
  })
})

describe('which keys are good', () => {
  test('of small order are noble’s eight and no other', () => {
    const eight = SMALL_ORDER.map((point) => point.toHex())
    expect(eight.toSorted()).toEqual([...ED25519_TORSION_SUBGROUP].sort())
    const isSmall = (key: Uint8Array): boolean => decoded(key)?.isSmallOrder() === true
    for (const hex of eight) {
      expect(isSmallOrderKey(bytes(hex))).toBe(true)
      // Any other bit makes another key of it; that of the sign makes its negative, or the encoding that is forbidden.
      for (let bit = 0; bit < 256; bit++) {
        const other = bytes(hex)
        other[bit >> 3]! ^= 1 << (bit & 7)
        const positive = Uint8Array.of(...other.subarray(0, 31), other[31]! & 0x7f)
        expect(isSmallOrderKey(other)).toBe(isSmall(positive))
      }
    }
  })

  test('the curve is noble’s', () => {
    const y = fc.oneof(
      fc.bigInt({ min: 0n, max: P - 1n }),
      fc.bigInt({ min: 0n, max: 100n }),
      fc.bigInt({ min: P - 100n, max: P - 1n }),
    )
    fc.assert(
      fc.property(y, (of) => {
        expect(isOnCurve(encoded(of, 0))).toBe(decoded(encoded(of, 0)) !== undefined)
        expect(isOnCurve(encoded(of, 1))).toBe(isOnCurve(encoded(of, 0)))
      }),
      { numRuns: 500 },
    )
  })

  test('y that has all bytes of p but one is below p', () => {
    for (let place = 1; place < 31; place++) {
      const likeP = (byte: number): Uint8Array => encoded(P, 0).map((of, i) => (i === place ? byte : of))
      const byte = Array.from({ length: 255 }, (_, of) => of).find((of) => decoded(likeP(of)) !== undefined)
      expect(faultOf(withoutSecret(likeP(byte!)))).toBe('bad-signature')
    }
  })

  test('of any 32 bytes', () => {
    const key = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.bigInt({ min: P - 20n, max: 2n ** 255n - 1n }).map((y) => encoded(y, 1)),
      fc.bigInt({ min: 0n, max: 20n }).map((y) => encoded(y, 1)),
    )
    fc.assert(
      fc.property(key, (publicKey) => {
        const point = decoded(publicKey)
        const isGood = point !== undefined && !point.isSmallOrder()
        expect(faultOf(withoutSecret(publicKey))).toBe(isGood ? 'bad-signature' : 'bad-public-key')
      }),
      { numRuns: 500 },
    )
  })
})
