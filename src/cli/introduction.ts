import type { Command } from 'commander'
import { DEFAULT_PORT } from '../config/options.js'

const EXAMPLES: readonly (readonly [command: string, does: string])[] = [
  ['chain serve --port 5001', 'run a node'],
  ['chain mine', 'find a block'],
  ['chain send --to addr --amount 5', 'pay somebody'],
  ['chain peers add http://localhost:5002', 'register a node'],
  ['chain resolve', 'adopt the longest chain'],
]
const WHICH_NODE = `A command talks to the node that --node, --port or --name choose, else to the one that is running on this machine, else it opens the node used last (at first that of port ${DEFAULT_PORT}) by itself.`

/** What stands below the help of the program, as wide as the terminal. */
export function introduction(program: Command): string {
  const columns = program.configureOutput().getOutHelpWidth?.()
  const help = program.createHelp()
  help.prepareContext(columns === undefined ? {} : { helpWidth: columns })
  const widest = Math.max(...EXAMPLES.map(([command]) => command.length))
  const examples = EXAMPLES.map(([command, does]) => help.formatItem(`$ ${command}`, widest + '$ '.length, does, help))
  return ['', 'Examples:', ...examples, '', help.boxWrap(WHICH_NODE, columns ?? 80)].join('\n')
}
