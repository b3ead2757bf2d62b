import { askText } from '../prompts.js'
import type { Terminal } from '../terminal.js'

const COLUMNS = 3
/** The longest words of BIP 39 have 8 letters. */
const CELL = 14

/** Shows the words of a wallet to a person until they are written down; then they are gone from the screen. */
export async function showWords(terminal: Terminal, words: readonly string[]): Promise<void> {
  const isYes = (text: string): string | undefined =>
    text.trim().toLowerCase() === 'yes' ? undefined : 'type yes; or Ctrl-C, and nothing is done'
  const question = 'When they are written down, type yes:'
  await terminal.showWhile(wordsText(terminal, words), () => askText(terminal, question, 'a terminal', isYes))
}

function wordsText({ notePaint: { bold, dim } }: Terminal, words: readonly string[]): string {
  const rows = Math.ceil(words.length / COLUMNS)
  const cell = (i: number): string =>
    i < words.length ? `${dim(String(i + 1).padStart(4))} ${bold(words[i]!.padEnd(CELL - 5))}` : ''
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) => cell(row + column * rows)).join(' '),
  )
  return [
    '',
    `The ${words.length} words of the wallet. Whoever has them has what it holds; without`,
    'them it is gone when this machine is. Write them down, on paper, in order:',
    '',
    ...lines,
    '',
  ].join('\n')
}
