import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { ReadyKeys } from '../../../src/crypto/ready-keys.js'

/** A key of 32 bytes, of which one counts. */
function key(first: number): Uint8Array {
  return Uint8Array.of(first, ...new Uint8Array(31))
}

test('a key is what its bytes are', () => {
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const made = new ReadyKeys(1).keyOf(Buffer.from(x!, 'base64url'))
  expect(made.export({ format: 'jwk' })).toMatchObject({ kty: 'OKP', crv: 'Ed25519', x })
})

test('a key is made once as long as it is kept, and the oldest gives way', () => {
  const keys = new ReadyKeys(3)
  const first = keys.keyOf(key(1))
  const [second] = [keys.keyOf(key(2)), keys.keyOf(key(3))]
  expect(keys.keyOf(key(1))).toBe(first)
  keys.keyOf(key(4))
  expect(keys.size).toBe(3)
  expect(keys.keyOf(key(2))).toBe(second)
  expect(keys.keyOf(key(1))).not.toBe(first)
  expect(keys.size).toBe(3)
})

test('it keeps the bytes, and not the memory that they came in', () => {
  const keys = new ReadyKeys(3)
  const memory = key(1)
  const first = keys.keyOf(memory)
  memory[0] = 2
  expect(keys.keyOf(memory)).not.toBe(first)
  expect(keys.keyOf(key(1))).toBe(first)
})
