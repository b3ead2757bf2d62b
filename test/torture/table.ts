import type { Part, Row } from './part.js'

const HEAD = ['part', 'what', 'count', 'failures', 'time']

/** Prints what a part found: a line for each row, and below it what failed. */
export function printTable({ name, title }: Part, rows: readonly Row[]): void {
  console.log(`\n${name}: ${title}`)
  const lines = rows.map(({ what, count, failures, ms }) => [
    name,
    what,
    count.toLocaleString('en-US'),
    String(failures.length),
    `${(ms / 1000).toFixed(1)} s`,
  ])
  const table = [HEAD, ...lines]
  const widths = HEAD.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  for (const [i, line] of table.entries()) {
    // Words stand on the left, figures on the right.
    const cells = line.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    )
    console.log(`  ${cells.join('  ')}`)
    for (const failure of rows[i - 1]?.failures ?? []) console.log(`      ${failure}`)
  }
}
