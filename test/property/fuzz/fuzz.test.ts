import { describe, expect, test } from 'vitest'
import { TARGETS } from './targets.js'

const INPUTS = 10_000
const SEED = 20_261_122

/** The long form, which also looks at how long each input takes, is `npm run torture -- fuzz`. */
describe('whatever comes in is taken or refused, and never the end of anything', () => {
  test.each(TARGETS.map(({ fuzzer, share }) => ({ name: fuzzer.name, fuzzer, inputs: INPUTS * share })))(
    '$name: $inputs inputs',
    { timeout: 120_000 },
    async ({ fuzzer, inputs }) => {
      const { failures, counts } = await fuzzer.run({ inputs, seed: SEED, isTimed: false })
      expect(failures).toEqual([])
      expect(counts.accepted + counts.refused).toBe(inputs)
      // They would prove little if they all fell on one side.
      expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(inputs / 10)
    },
  )
})
