import { type Command, CommanderError } from 'commander'
import { EXIT } from './exit-codes.js'
import { describeProgram, globalOptions } from './program.js'

/**
 * Runs one command.
 * @param argv what stands behind the program's name
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  endOnSignals()
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, such as head, is no error.
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    process.stderr.write(`error: the result cannot be written: ${error.message}\n`)
    process.exit(EXIT.failure)
  })
  // Notes that nobody reads, or for which the disk has no room, stop nothing.
  process.stderr.on('error', () => {})
  // Looked for by itself: the parsing may fail before it comes to it.
  const json = argv.includes('--json')
  const program = describeProgram((text) => void (json || process.stderr.write(text)))
  try {
    if (argv[0] === 'complete') await (await import('./completion.js')).complete(program, argv)
    else if (isBare(argv)) return await runMenu(program, argv)
    else await program.parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    // Commander has said what was wrong.
    if (error instanceof CommanderError && !json) return EXIT.usage
    const { Terminal, UsageError } = await import('./terminal.js')
    const terminal = new Terminal({ ...globalOptions(program), json })
    return terminal.fail(error instanceof CommanderError ? new UsageError(...whatIsWrong(error)) : error)
  }
}

/** Whether no command was given, nor asked for help: only flags that all commands take. */
function isBare(argv: readonly string[]): boolean {
  const { operands, unknown } = describeProgram(() => {}).parseOptions([...argv])
  return operands.length === 0 && unknown.length === 0
}

/** The menu, where there is a person; elsewhere the help, as without a command nothing can be done. */
async function runMenu(program: Command, argv: readonly string[]): Promise<number> {
  program.parseOptions([...argv])
  const [{ Terminal }, { menu }] = await Promise.all([import('./terminal.js'), import('./menu.js')])
  const terminal = new Terminal(globalOptions(program))
  if (!terminal.canAsk) {
    program.outputHelp({ error: true })
    return EXIT.usage
  }
  await menu(terminal, async (words) => {
    const typed = describeProgram((text) => void process.stderr.write(text))
    try {
      await typed.parseAsync([...words], { from: 'user' })
    } catch (error) {
      if (!(error instanceof CommanderError)) terminal.fail(error)
    }
  })
  return EXIT.ok
}

/**
 * Ends the process on a signal that no command has taken over. There is a listener from the first moment on: without one, a signal
 * that comes while a library adds and removes its own would be lost.
 */
function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(EXIT.interrupted)
    })
  }
}

function whatIsWrong({ code, message }: CommanderError): [message: string, hint: string] {
  const hint = 'chain --help shows what there is'
  if (code === 'commander.help') return ['a command is missing', hint]
  const [what, suggestion = hint] = message.replace(/^error: /, '').split('\n')
  return [what!, suggestion]
}
