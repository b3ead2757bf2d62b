import { type Command, Help, type Option } from 'commander'
import { DEFAULTS, type DefaultName, type Defaults } from '../config/defaults.js'
import type { GlobalOptions } from '../config/options.js'
import { ParseError } from './parse-error.js'

/** The global options of a program that was parsed, or of one whose parsing failed. */
export function globalOptions(program: Command): GlobalOptions {
  const options = program.optsWithGlobals<GlobalOptions>()
  // What was typed wins over the environment and the settings.
  const isTyped = program.getOptionValueSourceWithGlobals('node') === 'cli'
  if (isTyped || (options.port ?? options.name) === undefined) return options
  const { node, ...typed } = options
  return typed
}

/** Those that choose a node. */
const NODE_OPTIONS = ['network', 'node', 'tokenFile', 'port', 'name']

/** The global flags that were typed, but for those that choose a node. */
export function flagsBesideNode(program: Command): string[] {
  return program.options.flatMap((option) => {
    const name = option.attributeName()
    if (NODE_OPTIONS.includes(name) || program.getOptionValueSource(name) !== 'cli') return []
    return option.required ? [option.long!, String(program.getOptionValue(name))] : [option.long!]
  })
}

/** The same options, but for the node: that is the one of the flags, which the program is to parse. */
export function withNode(options: GlobalOptions, program: Command, flags: readonly string[]): GlobalOptions {
  program.parseOptions([...flags])
  const isOfNode = ([name]: [string, unknown]): boolean => NODE_OPTIONS.includes(name)
  const others = Object.entries(options).filter((entry) => !isOfNode(entry))
  const chosen = Object.entries(program.opts()).filter(isOfNode)
  return Object.fromEntries([...others, ...chosen]) as unknown as GlobalOptions
}

/** Has what the user has set once stand in for what was not typed. */
export function applyDefaults(command: Command, defaults: Defaults): void {
  const root = command.parent?.parent ?? command.parent!
  for (const [name, value] of Object.entries(defaults)) {
    const { option } = DEFAULTS[name as DefaultName]
    for (const each of [command, root]) {
      const isOurs = each.options.some((known) => known.attributeName() === option)
      const source = each.getOptionValueSource(option)
      if (isOurs && (source === undefined || source === 'default'))
        each.setOptionValueWithSource(option, value, 'config')
    }
  }
}

/**
 * A node elsewhere cannot be served; one that is set, or in the environment, is for the other commands.
 * @throws ParseError
 */
export function refuseNode(program: Command): void {
  if (program.getOptionValueSource('node') !== 'cli') return
  const hint = 'chain serve --peer URL, to have that node as a peer'
  throw new ParseError('serve makes a node on this machine, and takes no --node', hint)
}

/**
 * One of two nodes that are typed would be left out, and whoever typed it might not see that.
 * @throws ParseError
 */
export function refuseTwoNodes(command: Command): void {
  const isTyped = (name: string): boolean => command.getOptionValueSourceWithGlobals(name) === 'cli'
  const other = ['port', 'name'].find(isTyped)
  if (!isTyped('node') || other === undefined) return
  throw new ParseError(
    `--node and --${other} each choose a node`,
    `leave one out: --node for a node anywhere, --${other} for one of this machine`,
  )
}

/** Global options that say nothing to a command, by its name. */
const UNHEEDED: Readonly<Record<string, readonly string[]>> = {
  // A server is not looked for, and asks no other node for an answer.
  serve: ['node', 'tokenFile', 'timeout'],
  // It asks no node for anything, and nobody.
  bench: ['network', 'node', 'tokenFile', 'port', 'name', 'timeout', 'input', 'yes'],
}

/** The flags of all commands that a command heeds. */
export function visibleGlobalOptions(this: Help, command: Command): Option[] {
  const all = Help.prototype.visibleGlobalOptions.call(this, command)
  return all.filter((option) => {
    const name = option.attributeName()
    return name !== 'version' && UNHEEDED[command.name()]?.includes(name) !== true
  })
}
