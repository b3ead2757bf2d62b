import { execFileSync } from 'node:child_process'
import { alternate, timed } from './measure.js'
import { atMost, type Row } from './report.js'
import { CHAIN } from './workshop.js'

const ROUNDS = 31

/** `chain --help`, and Node.js that does nothing. */
export async function help(): Promise<Row[]> {
  const { ours, baseline } = await alternate(ROUNDS, {
    ours: () => timed(() => execFileSync(process.execPath, [CHAIN, '--help'])),
    baseline: () => timed(() => execFileSync(process.execPath, ['-e', '0'])),
  })
  const more = ours - baseline
  const note = `${more.toFixed(1)} ms more`
  return [{ what: 'chain --help', unit: 'ms', ours, baseline, target: atMost(more, 75, '75 ms more'), note }]
}
