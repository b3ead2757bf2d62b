import { askText } from '../prompts.js'
import type { Terminal } from '../terminal.js'

const COLUMNS = 3
/** The longest words of BIP 39 have 8 letters. */
const CELL = 14

/**
 * Shows the words of a wallet to a person until they are written down; then they are gone from the screen.
 * @param why they are shown once more
 */
export async function showWords(terminal: Terminal, words: readonly string[], why?: string): Promise<void> {
  const isYes = (text: string): string | undefined =>
    text.trim().toLowerCase() === 'yes' ? undefined : 'type yes; or Ctrl-C, and nothing is done'
  const question = 'When they are written down, type yes:'
  await terminal.showWhile(wordsText(terminal, words, why), () => askText(terminal, question, 'a terminal', isYes))
}

function wordsText({ notePaint: { bold, dim }, width }: Terminal, words: readonly string[], why?: string): string {
  // Between two columns there is a space.
  const columns = Math.max(1, Math.min(COLUMNS, Math.floor((width + 1) / (CELL + 1))))
  const rows = Math.ceil(words.length / columns)
  const cell = (i: number): string =>
    i < words.length ? `${dim(String(i + 1).padStart(4))} ${bold(words[i]!.padEnd(CELL - 5))}` : ''
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cell(row + column * rows)).join(' '),
  )
  return [
    '',
    ...(why === undefined ? [] : [why, '']),
    `The ${words.length} words of the wallet. Whoever has them has what it holds; without`,
    'them it is gone when this machine is. Write them down, on paper, in order:',
    '',
    ...lines,
    '',
  ].join('\n')
}
