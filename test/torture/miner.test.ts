import { expect, test } from 'vitest'
import { minerPart } from './miner.js'

test('changing tips and killed threads: the first solution is found, and no hash is lost or counted twice', {
  timeout: 300_000,
}, async () => {
  const rows = await minerPart.run({ cycles: 60, seed: 20_261_123, say: () => {} })
  expect(rows.flatMap(({ failures }) => failures)).toEqual([])
  expect(rows.map(({ what }) => what).sort()).toEqual([
    'finished',
    'finished, threads killed',
    'given up',
    'given up, threads killed',
  ])
})
