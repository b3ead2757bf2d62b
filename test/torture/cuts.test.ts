import { expect, test } from 'vitest'
import { cutsPart } from './cuts.js'

test('a log cut off at any byte opens as the writes that lie before it, or is named as damaged', {
  timeout: 600_000,
}, async () => {
  const rows = await cutsPart.run({ cycles: 12, seed: 20_261_122, say: () => {} })
  expect(rows.flatMap(({ failures }) => failures)).toEqual([])
  expect(rows.map(({ what }) => what)).toEqual([
    'the log is cut off in its last batch',
    'the log is cut off anywhere',
    'zeros from within the last batch on',
    'zeros from anywhere on',
    'a hole in the last batch',
    'a hole, and zeros behind the end',
  ])
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(300)
})
