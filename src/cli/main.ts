import { CommanderError } from 'commander'
import { EXIT } from './exit-codes.js'
import { describeProgram, globalOptions } from './program.js'

/**
 * Runs one command.
 * @param argv what stands behind the program's name
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that has seen enough, such as head, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(EXIT.ok)
  })
  // Nor is it one if nobody reads the notes any more; a node goes on.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  // Looked for by itself: the parsing may fail before it comes to it.
  const json = argv.includes('--json')
  const program = describeProgram((text) => void (json || process.stderr.write(text)))
  try {
    await program.parseAsync([...argv], { from: 'user' })
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

function whatIsWrong({ code, message }: CommanderError): [message: string, hint: string] {
  const hint = 'chain --help shows what there is'
  if (code === 'commander.help') return ['a command is missing', hint]
  const [what, suggestion = hint] = message.replace(/^error: /, '').split('\n')
  return [what!, suggestion]
}
