import Table from 'cli-table3'
import { harmless, shortened } from './text.js'

/** One hostile address must not push the other columns off the screen. */
const MAX_CELL = 64

export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
}

/** Lays rows out in columns without lines; what is in the cells cannot steer the terminal. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paintHead: (text: string) => string,
): string {
  const none = ''
  const layout = new Table({
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  })
  layout.push(
    columns.map(({ head }) => paintHead(head)),
    ...rows.map((row) => row.map((cell) => shortened(harmless(cell), MAX_CELL))),
  )
  return layout
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** `label  value` lines. */
export function fields(
  pairs: readonly (readonly [label: string, value: string])[],
  paintLabel: (text: string) => string,
): string {
  const width = Math.max(...pairs.map(([label]) => label.length))
  return pairs.map(([label, value]) => `${paintLabel(label.padEnd(width))}  ${harmless(value)}`).join('\n')
}
