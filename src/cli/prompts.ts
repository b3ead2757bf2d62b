import type { Reject } from '../consensus/reject.js'
import { EXIT } from './exit-codes.js'
import { Interrupted, type Terminal, UsageError } from './terminal.js'

export interface Choice<T extends string = string> {
  readonly name: string
  readonly value: T
  /** Shown of the one that is pointed at. */
  readonly description?: string
}

/** A list may be as long as this on any terminal; longer than half of one it would hide what was shown before. */
const LIST_LINES = 7

/** What is wrong with a text, if anything is. */
type Complaint = (text: string) => string | undefined

/** Asks for a line of text; without a person to ask it names the flag. */
export async function askText(
  terminal: Terminal,
  question: string,
  flag: string,
  complaint: Complaint = () => undefined,
): Promise<string> {
  const judge: Complaint = (text) => (text.trim() === '' ? 'please write something' : complaint(text))
  return askLine(terminal, { type: 'input', message: question }, flag, judge)
}

/** Asks for what nobody is to see; without a person to ask it names the flag. */
export async function askHidden(
  terminal: Terminal,
  question: string,
  flag: string,
  complaint: Complaint = () => undefined,
): Promise<string> {
  return askLine(terminal, { type: 'password', message: question, mask: '*' }, flag, complaint)
}

async function askLine(terminal: Terminal, prompt: object, flag: string, complaint: Complaint): Promise<string> {
  requirePerson(terminal, flag)
  return ask(terminal, { ...prompt, validate: (text: string) => complaint(text) ?? true })
}

/** What a person who is asked is told of a refusal: what is wrong, and what to write instead. */
export function complaintOf(refusal: Reject | undefined): string | undefined {
  if (refusal === undefined) return undefined
  const { message, hint } = refusal
  return hint === undefined ? message : `${message}: ${hint}`
}

/** Asks for a word that may be left out: it comes as a list of one or none. */
export async function askOptional(terminal: Terminal, question: string): Promise<string[]> {
  requirePerson(terminal, 'the argument')
  const text: string = await ask(terminal, { type: 'input', message: question })
  return text.trim() === '' ? [] : [text.trim()]
}

/**
 * Has a person agree to what cannot be undone; `--yes` agrees beforehand.
 * @param deed what would be done, such as `remove it`
 * @throws UsageError with the exit code for a person who does not
 */
export async function askConsent(terminal: Terminal, deed: string): Promise<void> {
  if (terminal.options.yes) return
  if (!terminal.canAsk) throw new UsageError(`this would ${deed}, and nobody can be asked here`, 'add --yes to agree')
  const message = `${deed[0]!.toUpperCase()}${deed.slice(1)}?`
  if (await ask<boolean>(terminal, { type: 'confirm', message, default: false })) return
  throw new UsageError('nothing was done', undefined, EXIT.declined)
}

/** Lets a person choose one of several. */
export async function askChoice<T extends string>(
  terminal: Terminal,
  question: string,
  flag: string,
  choices: readonly Choice<T>[],
): Promise<T> {
  requirePerson(terminal, flag)
  const pageSize = Math.max(LIST_LINES, Math.floor(process.stderr.rows / 2))
  const { bold, dim } = terminal.notePaint
  const keysHelpTip = (keys: readonly [key: string, action: string][]): string => {
    const tips = keys.map(([key, action]) => `${bold(key)} ${dim(action)}`)
    return [...tips, ...(choices.length > pageSize ? [dim(`${choices.length} choices`)] : [])].join(dim(' • '))
  }
  const theme = { style: { keysHelpTip } }
  return ask(terminal, { type: 'select', message: question, choices: [...choices], pageSize, loop: true, theme })
}

/** @throws UsageError that names the flag, where nobody can be asked */
export function requirePerson({ canAsk }: Terminal, flag: string): void {
  if (!canAsk) throw new UsageError(`${flag.split(' ', 1)[0]} is missing, and nobody can be asked here`, `add ${flag}`)
}

async function ask<T>({ colours }: Terminal, question: object): Promise<T> {
  if (!colours) {
    // The library heeds nothing else, and reads them when it is loaded.
    process.env.NO_COLOR = '1'
    delete process.env.FORCE_COLOR
  }
  // Loaded here: it takes longer than the rest of most commands.
  const { createPromptModule } = (await import('inquirer')).default
  const prompt = createPromptModule({ output: process.stderr })
  try {
    const answers = (await prompt([{ name: 'answer', ...question } as never])) as { answer: T }
    return answers.answer
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw new Interrupted()
    throw error
  }
}
