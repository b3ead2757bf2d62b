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
  const program = describeProgram()
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    // Commander has said what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const { Terminal } = await import('./terminal.js')
    return new Terminal(globalOptions(program)).fail(error)
  }
}
