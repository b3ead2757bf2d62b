import { expect, test } from 'vitest'
import { packChecks } from '../../../src/verification/packed-checks.js'
import { SignatureThread } from '../../../src/verification/signature-thread.js'
import { Signers } from '../../support/signatures.js'

const CHECKS = new Signers(2).checks(64)

function batch(faultAt?: number): ArrayBuffer {
  const checks = CHECKS.map((check, i) => (i === faultAt ? { ...check, message: check.publicKey } : check))
  return packChecks(checks, 0, checks.length)
}

test('batches are answered in their order, and what has no answer when it ends is lost', async () => {
  const thread = new SignatureThread()
  const outcomes = [batch(), batch(3), batch(63)].map((packed) => thread.check(packed))
  expect(thread.load).toBe(3)
  expect(await Promise.all(outcomes)).toEqual([
    { answer: undefined },
    { answer: { index: 3, fault: 'bad-signature' } },
    { answer: { index: 63, fault: 'bad-signature' } },
  ])
  expect(thread).toMatchObject({ load: 0, hasAnswered: true, hasEnded: false })
  const unfinished = Array.from({ length: 20 }, () => thread.check(batch()))
  await thread.end()
  expect(await Promise.all(unfinished)).toContain('lost')
  await expect.poll(() => thread.hasEnded).toBe(true)
  expect(await thread.check(batch())).toBe('lost')
  expect(thread.load).toBe(0)
})

test('the memory of a batch goes to the thread', async () => {
  const thread = new SignatureThread()
  const packed = batch()
  const outcome = thread.check(packed)
  expect(packed.byteLength).toBe(0)
  expect(await outcome).toEqual({ answer: undefined })
  await thread.end()
})
