import { expect, test } from 'vitest'
import { crashPart } from './crash.js'

test('kill -9 at any moment: nothing that was acknowledged is lost or doubled', { timeout: 600_000 }, async () => {
  const rows = await crashPart.run({ cycles: 20, seed: 20_261_122, say: () => {} })
  expect(rows.flatMap(({ failures }) => failures)).toEqual([])
  const counts = Object.fromEntries(rows.map(({ what, count }) => [what, count]))
  expect(counts.cycles).toBe(20)
  // It would prove nothing if nothing had been acknowledged.
  for (const [what, least] of Object.entries({
    'kill -9 in use': 6,
    'kill -9 while opening': 2,
    'kill -9 of embedded commands': 1,
    'SIGTERM in use': 1,
    'payments acknowledged': 20,
    'blocks acknowledged': 2,
    'adoptions acknowledged': 2,
    'peers acknowledged': 20,
  })) {
    expect([what, counts[what]]).toEqual([what, expect.toSatisfy((count: number) => count >= least)])
  }
})
