import { type Command, CommanderError } from 'commander'
import { EXIT } from './exit-codes.js'
import { globalOptions } from './global-options.js'
import { ParseError } from './parse-error.js'
import { describeProgram } from './program.js'

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
    process.stderr.write(
      `error: the result cannot be written: ${error.message}; what it tells of is done all the same\n`,
    )
    process.exit(EXIT.failure)
  })
  // Notes that nobody reads, or for which the disk has no room, stop nothing.
  process.stderr.on('error', () => {})
  // Looked for by itself: the parsing may fail before it comes to it.
  const json = argv.includes('--json')
  const program = describeProgram((text) => void (json || process.stderr.write(text)), { json })
  try {
    if (argv[0] === 'complete') await (await import('./completion.js')).complete(program, argv)
    else await program.parseAsync(isForMenu(program, argv) ? [...argv, 'menu'] : [...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    // A command is missing, and its help was shown instead.
    if (error instanceof CommanderError && !json) return EXIT.usage
    const { Terminal } = await import('./terminal.js')
    const terminal = new Terminal({ ...globalOptions(program), json })
    return terminal.fail(
      error instanceof CommanderError
        ? new ParseError('a command is missing', 'chain --help shows what there is')
        : error,
    )
  }
}

/** Whether no command was given, only flags that all commands take, and there is a person, on a terminal on which a list can be redrawn. */
function isForMenu(program: Command, argv: readonly string[]): boolean {
  const { operands, unknown } = program.parseOptions([...argv])
  const { json, input } = globalOptions(program)
  const isAlone = operands.length === 0 && unknown.length === 0
  const isPerson = json !== true && input && process.stdin.isTTY === true && process.stderr.isTTY === true
  return isAlone && isPerson && process.env.TERM !== 'dumb'
}

/**
 * Ends the process on a signal that no command has taken over. There is a listener from the first moment on: without one, a signal
 * that comes while a library adds and removes its own would be lost.
 */
function endOnSignals(): void {
  // A file that may not grow is an error of whoever writes it, and no reason to end.
  process.on('SIGXFSZ', () => {})
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(EXIT.interrupted)
    })
  }
}
