import { expect, test } from 'vitest'
import { damagePart } from './damage.js'

test('damage of any file is named, never served, never answered with a fresh chain', { timeout: 600_000 }, async () => {
  const rows = await damagePart.run({ cycles: 60, seed: 20_261_122, say: () => {} })
  expect(rows.flatMap(({ failures }) => failures)).toEqual([])
  expect(Object.fromEntries(rows.map(({ what, count }) => [what, count]))).toEqual({
    // Two tables, a log, a manifest, CURRENT, the witness, and the whole folder.
    'a file is missing': 7,
    'and the home has forgotten it': 6,
    'a flipped bit in the log': 60,
    'a flipped bit in a table': 60,
    'a flipped bit in the manifest': 60,
    'a flipped bit in CURRENT': 60,
    'a flipped bit in the witness': 60,
    'a file is cut off': 24,
  })
})
