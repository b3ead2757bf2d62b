import { EXIT } from './exit-codes.js'
import { Interrupted, type Terminal, UsageError } from './terminal.js'

/**
 * Asks for a line of text; without a person to ask it names the flag.
 * @param complaint what is wrong with a text, if anything is
 */
export async function askText(
  terminal: Terminal,
  question: string,
  flag: string,
  complaint: (text: string) => string | undefined = () => undefined,
): Promise<string> {
  requirePerson(terminal, flag)
  return ask({
    type: 'input',
    message: question,
    validate: (text: string) => (text.trim() === '' ? 'please write something' : (complaint(text) ?? true)),
  })
}

/** Asks for a word that may be left out: it comes as a list of one or none. */
export async function askOptional(terminal: Terminal, question: string): Promise<string[]> {
  requirePerson(terminal, 'the argument')
  const text: string = await ask({ type: 'input', message: question })
  return text.trim() === '' ? [] : [text.trim()]
}

/**
 * Has a person agree to what cannot be undone; `--yes` agrees beforehand.
 * @throws UsageError with the exit code for a person who does not
 */
export async function askConsent(terminal: Terminal, question: string): Promise<void> {
  if (terminal.options.yes) return
  requirePerson(terminal, '--yes')
  if (await ask<boolean>({ type: 'confirm', message: question, default: false })) return
  throw new UsageError('nothing was done', undefined, EXIT.declined)
}

/** Lets a person choose one of several. */
export async function askChoice<T extends string>(
  terminal: Terminal,
  question: string,
  flag: string,
  choices: readonly { name: string; value: T }[],
): Promise<T> {
  requirePerson(terminal, flag)
  return ask({ type: 'select', message: question, choices: [...choices] })
}

/** @throws UsageError that names the flag, where nobody can be asked */
export function requirePerson({ canAsk }: Terminal, flag: string): void {
  if (!canAsk) throw new UsageError(`${flag.split(' ', 1)[0]} is missing, and nobody can be asked here`, `add ${flag}`)
}

async function ask<T>(question: object): Promise<T> {
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
