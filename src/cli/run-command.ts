import type { Command } from 'commander'
import { readDefaults } from '../config/defaults.js'
import { dataFolder } from '../config/paths.js'
import { applyDefaults, globalOptions, refuseTwoNodes } from './global-options.js'
import type { Terminal } from './terminal.js'

type Work = (terminal: Terminal, options: never, ...values: never[]) => Promise<void>

/** What commander calls: positional values first, then the command's options, then the command. */
export function run(work: Work): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command
    refuseTwoNodes(command)
    const { Terminal } = await import('./terminal.js')
    const options = globalOptions(command)
    const ignored: string[] = []
    applyDefaults(
      command,
      readDefaults(dataFolder(options.dataDir), (what) => ignored.push(what)),
    )
    const terminal = new Terminal(globalOptions(command), pathOf(command))
    for (const what of ignored) terminal.warn(what)
    await work(terminal, command.opts() as never, ...(given.slice(0, -2) as never[]))
  }
}

/** `peers add`. */
export function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}
