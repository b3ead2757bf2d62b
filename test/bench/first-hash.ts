import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { alternate, median } from './measure.js'
import { atMost, type Row } from './report.js'
import { CHAIN, endWithUs, temporaryFolder } from './workshop.js'

const ROUNDS = 21

/** Has a thread that searches tell of its first word, which comes with its first hashes: at one zero they solve the job. */
const TELL = `process.on('worker', (worker) => worker.once('message', () => process.stderr.write('*')))`

/** From `chain mine` typed to the first hashes, and to the end. */
export async function firstHash(): Promise<Row[]> {
  const data = temporaryFolder()
  const flags = ['--network', 'one', '--data-dir', data]
  execFileSync(process.execPath, [CHAIN, 'network', 'new', 'one', '--zeros', '1', '--data-dir', data])
  // The node is made; the others open it.
  await mine(flags)
  const ends: number[] = []
  const { ours, baseline } = await alternate(ROUNDS, {
    ours: async () => {
      const times = await mine(flags)
      ends.push(times.end)
      return times.firstHash
    },
    baseline: async () => (await run([CHAIN, '--help'])).end,
  })
  const more = ours - baseline
  return [
    {
      what: '`chain mine` to its first hashes, and `chain --help`',
      unit: 'ms',
      ours,
      baseline,
      target: atMost(more, 250, '250 ms more'),
      note: `${more.toFixed(1)} ms more; a block that these hashes find is stored, shown and the process ended after ${median(ends).toFixed(0)} ms`,
    },
  ]
}

async function mine(flags: readonly string[]): Promise<{ firstHash: number; end: number }> {
  const { said, end } = await run(['--import', `data:text/javascript,${TELL}`, CHAIN, 'mine', '--quiet', ...flags])
  if (said === undefined) throw new Error('no thread searched')
  return { firstHash: said, end }
}

/** @returns milliseconds until the process told of the first word, and until its end */
async function run(args: readonly string[]): Promise<{ said: number | undefined; end: number }> {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  endWithUs(child)
  let said: number | undefined
  child.stderr.on('data', (text: Buffer) => {
    if (text.includes('*')) said ??= performance.now() - start
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`exit code ${code}`)
  return { said, end: performance.now() - start }
}
