import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { homeOf } from './homes.js'
import { alternate, timed } from './measure.js'
import { NODE_NAME } from './node-process.js'
import { atMost, type Row } from './report.js'
import { CHAIN } from './workshop.js'

const BLOCKS = 50_000
const ROUNDS = 9

/** Opening a node with a long chain and one with its first block only, in a new process each time. */
export async function opening(): Promise<Row[]> {
  const [long, short] = [await homeOf(BLOCKS), await homeOf(1)]
  const times = await alternate(ROUNDS, {
    command: () => timed(() => status(long, BLOCKS)),
    commandShort: () => timed(() => status(short, 1)),
    opening: () => openingMs(long),
    openingShort: () => openingMs(short),
  })
  const more = times.command - times.commandShort
  const moreOpening = times.opening - times.openingShort
  return [
    {
      what: `\`chain status\` with ${BLOCKS} blocks, and with 1`,
      unit: 'ms',
      ours: times.command,
      baseline: times.commandShort,
      target: atMost(more, 300, '300 ms more'),
      note: `the whole process, the node in it: ${more.toFixed(1)} ms more`,
    },
    {
      what: 'of that the opening itself',
      unit: 'ms',
      ours: times.opening,
      baseline: times.openingShort,
      target: atMost(moreOpening, 300, '300 ms more'),
      note: `the store and Node.open: ${moreOpening.toFixed(1)} ms more`,
    },
  ]
}

function status(data: string, blocks: number): void {
  const flags = ['--json', '--data-dir', data, '--name', NODE_NAME]
  const { length } = JSON.parse(execFileSync(process.execPath, [CHAIN, 'status', ...flags], { encoding: 'utf8' }))
  if (length !== blocks) throw new Error(`the node has ${length} blocks, not ${blocks}`)
}

function openingMs(data: string): number {
  const script = fileURLToPath(import.meta.resolve('./opening-process.ts'))
  return Number(execFileSync(process.execPath, ['--import', 'tsx', script, data], { encoding: 'utf8' }))
}
