import { expect, test } from 'vitest'
import { crash } from './crash.js'

test('kill -9 at any moment: nothing that was acknowledged is lost or doubled', { timeout: 300_000 }, async () => {
  const report = await crash({ cycles: 30, seed: 20_261_122 })
  expect(report.cycles).toBe(30)
  // It would prove nothing if nothing had been acknowledged.
  expect(report.payments).toBeGreaterThan(30)
  expect(report.blocks).toBeGreaterThan(3)
  expect(report.adoptions).toBeGreaterThan(3)
})
