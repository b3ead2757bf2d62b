import type { FuzzReport, Timed } from '../property/fuzz/fuzz.js'
import { TARGETS } from '../property/fuzz/targets.js'
import type { Part, Row, TortureOptions } from './part.js'

/** For so long an input may hold up everybody else; one that is larger than a piece as often as it has pieces. */
const MAX_MS = 100
const PIECE_BYTES = 2 ** 18

/** Random and hostile inputs by each entrance. Its cycles are inputs. */
export const fuzzPart: Part = {
  name: 'fuzz',
  title: 'random and hostile inputs by each entrance',
  cycles: 1_000_000,
  run,
}

async function run({ seed, cycles, say }: TortureOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const { fuzzer, share } of TARGETS) {
    const report = await fuzzer.run({ inputs: Math.round(cycles * share), seed, isTimed: true, say })
    rows.push(rowOf(report))
  }
  return rows
}

function rowOf({ name, counts, slowest, failures, ms }: FuzzReport): Row {
  const { accepted, refused } = counts
  const [first] = slowest
  return {
    what: `${name}: ${accepted} accepted, ${refused} refused; slowest ${first === undefined ? 'none' : describe(first)}`,
    count: accepted + refused,
    failures: [...failures, ...slowest.filter(isTooSlow).map((timed) => `too slow: ${describe(timed)}`)],
    ms,
  }
}

function isTooSlow({ ms, bytes }: Timed): boolean {
  return ms > MAX_MS * Math.max(1, bytes / PIECE_BYTES)
}

function describe({ ms, bytes, label }: Timed): string {
  return `${ms.toFixed(1)} ms for ${bytes} bytes, ${label}`
}
