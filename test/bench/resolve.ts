import { resolveChain } from './homes.js'
import { median } from './measure.js'
import type { Row } from './report.js'

const BLOCKS = 20_000
const ROUNDS = 3

/** A whole resolve in a new node: a chain read from a peer on the loopback, judged, stored and adopted. */
export async function resolve(): Promise<Row[]> {
  const rates: number[] = []
  const growths: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const { ms, growth } = await resolveChain(BLOCKS)
    rates.push(BLOCKS / (ms / 1000))
    growths.push(growth)
  }
  return [
    { what: `${BLOCKS} blocks from a peer into LevelDB`, unit: 'blocks/s', ours: median(rates) },
    {
      what: 'memory that it takes',
      unit: 'MiB',
      ours: median(growths),
      note: 'resident memory at its peak less before',
    },
  ]
}
