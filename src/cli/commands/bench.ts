import { onInterrupt } from '../interrupts.js'
import { ALL_THREADS, measureRates, type WorkRates } from '../nodes/measure-rates.js'
import { startActivity } from '../spinner.js'
import { type Column, table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { counted, duration } from '../text.js'

export interface BenchOptions {
  readonly threads?: number
  /** How long each rate is measured. */
  readonly seconds: number
}

/** `chain bench`: how fast this machine mines, beside what a plain loop does. */
export async function bench(terminal: Terminal, { threads = ALL_THREADS, seconds }: BenchOptions): Promise<void> {
  const { signal, release } = onInterrupt()
  const activity = startActivity(terminal, 'measuring')
  const measured: WorkRates[] = []
  try {
    const onStep = (work: string, how: string): void => activity.update(`measuring ${work}: ${how}`)
    for await (const rates of measureRates({ threads, ms: seconds * 1000, signal, onStep })) measured.push(rates)
  } finally {
    activity.stop()
    release()
  }
  const works = measured.map((rates) => ({ ...rates, expectedHashes: rates.expectedHashes ?? null }))
  terminal.result({ threads, works }, () =>
    table(
      terminal,
      columnsFor(threads),
      measured.map((rates) => describeRates(rates, threads === 1)),
    ),
  )
  if (measured.some(({ engine }) => engine === 'reference')) {
    terminal.warn('no SIMD kernel of WebAssembly can be used here: what was measured is the search in plain JavaScript')
  }
  terminal.note('hashes a second, and how many times a plain loop of node:crypto; header: 80 bytes, hashed twice')
}

function columnsFor(threads: number): Column[] {
  const several: Column[] = [
    { head: counted(threads, 'thread'), align: 'right' },
    { head: '', align: 'right' },
  ]
  return [
    { head: 'work' },
    { head: 'plain loop', align: 'right' },
    { head: '1 thread', align: 'right' },
    { head: '', align: 'right' },
    ...(threads === 1 ? [] : several),
    { head: 'a block takes', align: 'right' },
  ]
}

function describeRates({ work, plain, oneThread, allThreads, expectedHashes }: WorkRates, isOne: boolean): string[] {
  const times = (rate: number): string => `${(rate / plain).toFixed(1)} x`
  return [
    work,
    perSecond(plain),
    perSecond(oneThread),
    times(oneThread),
    ...(isOne ? [] : [perSecond(allThreads), times(allThreads)]),
    expectedHashes === undefined ? '-' : duration((expectedHashes / allThreads) * 1000),
  ]
}

/** Three digits of it: `874 k`, `9.12 M`. */
function perSecond(rate: number): string {
  const [scaled, unit] = rate >= 1e6 ? [rate / 1e6, 'M'] : [rate / 1e3, 'k']
  return `${scaled.toPrecision(3)} ${unit}`
}
