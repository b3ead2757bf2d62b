import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packChecks, unpackChecks } from '../../../src/verification/packed-checks.js'

test('what is packed is unpacked, whatever its lengths, and only that', () => {
  const check = fc.record({
    publicKey: fc.uint8Array({ maxLength: 40 }),
    message: fc.uint8Array({ maxLength: 300 }),
    signature: fc.uint8Array({ maxLength: 70 }),
  })
  fc.assert(
    fc.property(fc.array(check), fc.nat(), fc.nat(), (checks, a, b) => {
      const [from, to] = [a, b].map((place) => place % (checks.length + 1)).sort((one, other) => one - other)
      expect(unpackChecks(packChecks(checks, from!, to!))).toEqual(checks.slice(from, to))
    }),
  )
})

test('of a view the bytes around it are not packed', () => {
  const around = Uint8Array.from({ length: 100 }, (_, i) => i)
  const part = around.subarray(10, 13)
  const packed = packChecks([{ publicKey: part, message: part, signature: part }], 0, 1)
  expect(packed.byteLength).toBe(4 + 3 * 4 + 3 * 3)
  expect(unpackChecks(packed)[0]!.message).toEqual(Uint8Array.of(10, 11, 12))
})
