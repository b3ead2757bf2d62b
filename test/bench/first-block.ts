import { execFileSync } from 'node:child_process'
import { alternate, timed } from './measure.js'
import { atMost, type Row } from './report.js'
import { CHAIN, temporaryFolder } from './workshop.js'

const ROUNDS = 21

/** From `chain mine` typed to the first block, where each search ends with its first hashes: what is left is the way there and back. */
export async function firstBlock(): Promise<Row[]> {
  const data = temporaryFolder()
  const run = (...args: string[]): Buffer =>
    execFileSync(process.execPath, [CHAIN, ...args, '--data-dir', data], { stdio: ['ignore', 'pipe', 'ignore'] })
  run('network', 'new', 'one', '--zeros', '1')
  run('mine', '--network', 'one')
  const { ours, baseline } = await alternate(ROUNDS, {
    ours: () => timed(() => run('mine', '--network', 'one')),
    baseline: () => timed(() => run('--help')),
  })
  const more = ours - baseline
  return [
    {
      what: '`chain mine` at one zero, and `chain --help`',
      unit: 'ms',
      ours,
      baseline,
      target: atMost(more, 250, '250 ms more'),
      note: `whole processes, so the block is stored and the node closed, too: ${more.toFixed(1)} ms more`,
    },
  ]
}
