import { expect, test } from 'vitest'
import { reorganisationPart } from './reorganisation.js'

test('kill -9 while chains are switched: the heaviest is active afterwards, with the ledger of a replay', {
  timeout: 300_000,
}, async () => {
  const rows = await reorganisationPart.run({ cycles: 6, seed: 20_261_123, say: () => {} })
  expect(rows.flatMap(({ failures }) => failures)).toEqual([])
  const counts = Object.fromEntries(rows.map(({ what, count }) => [what, count]))
  expect(counts.cycles).toBe(6)
  // It would prove nothing if nothing had been switched.
  expect(counts['switches to the other branch']).toBeGreaterThanOrEqual(1)
  expect(counts['blocks answered with side']).toBeGreaterThanOrEqual(10)
  expect(counts['blocks answered with known']).toBeGreaterThanOrEqual(10)
})
