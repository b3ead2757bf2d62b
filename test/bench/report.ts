import { execFileSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly ours: number
  /** What ours is held against, in the same unit. */
  readonly baseline?: number | undefined
  /** Ours to the baseline, where the target asks for it. */
  readonly ratio?: number | undefined
  readonly target?: { readonly text: string; readonly met: boolean } | undefined
  readonly note?: string | undefined
}

/** A target for a figure that is to be at most so much. */
export function atMost(figure: number, most: number, text: string): Row['target'] {
  return { text: `<= ${text}`, met: figure <= most }
}

export function atLeast(figure: number, least: number, text: string): Row['target'] {
  return { text: `>= ${text}`, met: figure >= least }
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  readonly python: string
  /** Processes that wanted to run in the last minute, ours included. */
  readonly load: number
}

export function thisMachine(): Machine {
  const python = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim().replace('Python ', '')
  const { length: cores, 0: cpu } = cpus()
  return { cpu: cpu!.model.trim(), cores, node: process.versions.node, python, load: loadavg()[0]! }
}

export function printMachine({ cpu, cores, node, python, load }: Machine): void {
  console.log(`${cpu}, ${cores} cores, load ${load.toFixed(1)}; node ${node}, python ${python}; medians`)
}

export function printRows(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`)
  const cells = rows.map(({ what, unit, ours, baseline, ratio, target }) => [
    what,
    `${figure(ours)} ${unit}`,
    baseline === undefined ? '' : `${figure(baseline)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    target === undefined ? '' : `${target.text}: ${target.met ? 'met' : 'MISSED'}`,
  ])
  const table = [['', 'ours', 'baseline', 'ratio', 'target'], ...cells]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  for (const [i, row] of table.entries()) {
    // Words stand on the left, figures on the right.
    const line = row.map((cell, column) =>
      column === 0 || column === 4 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    )
    console.log(`  ${line.join('  ').trimEnd()}`)
    const note = rows[i - 1]?.note
    if (note !== undefined) console.log(`      ${note}`)
  }
}

/** Three digits that count, and all before the point. */
function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}
