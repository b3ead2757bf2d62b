import Table from 'cli-table3'
import type { Terminal } from './terminal.js'
import { harmless, shortened } from './text.js'

/** One hostile address must not push the other columns off the screen. */
const MAX_CELL = 64
const MAX_WIDTH = MAX_CELL + 1
const GAP = '  '
/** Less of a cell tells nothing. */
const MIN_WIDTH = 6

export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
  /** What becomes of it on a terminal that is too narrow for the table: its cells are cut, unless it is left out, or stays whole. */
  readonly narrow?: 'omit' | 'whole'
}

type Row = readonly string[]

/**
 * Lays rows out in columns without lines, as wide as the terminal at most; what is in the cells cannot steer it. Where there is no room
 * for columns, each row is a list of its own.
 */
export function table({ paint, width }: Terminal, columns: readonly Column[], rows: readonly Row[]): string {
  // Composed, so that Korean that was typed on a Mac is as wide as the library takes it for.
  const shown = rows.map((row) => row.map((cell) => shortened(harmless(cell.normalize('NFC')), MAX_CELL)))
  const withHeads = (kept: readonly Column[], cells: readonly Row[], widths?: number[]): Laid =>
    layOut(
      kept.map(({ align }) => align),
      [kept.map(({ head }) => paint.bold(head)), ...cells],
      widths,
    )
  const [whole, natural] = withHeads(columns, shown)
  const widths = natural.map((each) => Math.min(each, MAX_WIDTH))
  const isTooWide = totalOf(widths) > width
  if (!isTooWide && totalOf(widths) === totalOf(natural)) return whole
  const isKept = (_: unknown, i: number): boolean => !isTooWide || columns[i]!.narrow !== 'omit'
  const kept = columns.filter(isKept)
  const keptRows = shown.map((row) => row.filter(isKept))
  const wanted = widths.filter(isKept)
  const cut = fitted(kept, wanted, width)
  const isLegible = totalOf(cut) <= width && cut.every((each, i) => each >= Math.min(wanted[i]!, MIN_WIDTH))
  return isLegible ? withHeads(kept, keptRows, cut)[0] : lists(columns, shown, { paint, width })
}

/** Each row as lines of a head and a cell, one row below the other. */
function lists(columns: readonly Column[], rows: readonly Row[], { paint, width }: Pick<Terminal, 'paint' | 'width'>) {
  const headWidth = Math.max(...columns.map(({ head }) => head.length))
  const cellWidth = Math.max(1, width - headWidth - GAP.length)
  const lineEnds = new RegExp(`.{${cellWidth}}(?=.)`, 'gu')
  return rows
    .map((row) => {
      const pairs = columns
        .map(({ head, narrow }, i) => [
          paint.dim(head),
          narrow === 'whole' ? row[i]!.replaceAll(lineEnds, '$&\n') : row[i]!,
        ])
        .filter(([, cell]) => cell !== '')
      return layOut(['left', 'left'], pairs, [headWidth, cellWidth])[0]
    })
    .join('\n\n')
}

type Laid = [text: string, widths: number[]]

/** @returns the text, and how wide each column is */
function layOut(aligns: readonly Column['align'][], rows: readonly Row[], widths: number[] = []): Laid {
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
      middle: GAP,
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: aligns.map((align) => align ?? 'left'),
    // The library notes here what it has chosen.
    colWidths: widths,
  })
  layout.push(...rows.map((row) => [...row]))
  const lines = layout.toString().split('\n')
  return [lines.map((line) => wellCut(line).trimEnd()).join('\n'), widths]
}

/** Where a character of two units was cut in half, the half goes, and the columns stay where they are. */
function wellCut(line: string): string {
  return line.replace(/\p{Cs}…/gu, '… ')
}

/** Takes from the widest columns that may be cut what the table has too much. */
function fitted(columns: readonly Column[], widths: readonly number[], width: number): number[] {
  const cut = [...widths]
  const canBeCut = columns.flatMap(({ narrow }, i) => (narrow === 'whole' ? [] : [i]))
  for (let excess = totalOf(cut) - width; excess > 0; excess--) {
    const widest = canBeCut.reduce((a, b) => (cut[b]! > cut[a]! ? b : a))
    if (cut[widest] === 1) break
    cut[widest]!--
  }
  return cut
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1))
}

/** `label  value` lines. */
export function fields(
  pairs: readonly (readonly [label: string, value: string])[],
  paintLabel: (text: string) => string,
): string {
  const width = Math.max(...pairs.map(([label]) => label.length))
  return pairs.map(([label, value]) => `${paintLabel(label.padEnd(width))}  ${harmless(value)}`).join('\n')
}
