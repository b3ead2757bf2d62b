import { Command, Help, InvalidArgumentError, type Option } from 'commander'
import { DEFAULT_PORT, GLOBAL_OPTIONS, type GlobalOptions, type OptionDefinition } from '../config/options.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

const DEFAULT_LIMIT = 20

const EXAMPLES = `
Examples:
  $ chain serve --port 5001                 run a node
  $ chain mine                              find a block
  $ chain send --to addr --amount 5         pay somebody
  $ chain peers add http://localhost:5002   register a node
  $ chain resolve                           adopt the longest chain

A command talks to the node that --node, --port or --name choose, else to the
one that is running on this machine, else it opens the node used last (at first
that of port ${DEFAULT_PORT}) by itself.`

/**
 * All commands with their flags. Each command's libraries are loaded when it runs, so that `--help` is there at once.
 * @param complain what is done with the words about a command that cannot be parsed
 */
export function describeProgram(complain: (text: string) => void): Command {
  const program = new Command('chain')
    .description('A blockchain in one command: a node, a wallet and a miner.')
    .version(version(), '-V, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(chain --help shows what there is)')
    .exitOverride()
    .configureOutput({ writeErr: complain })
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
  for (const option of Object.values<OptionDefinition>(GLOBAL_OPTIONS)) addOption(program, option)
  program.addHelpText('after', EXAMPLES)

  const command = (name: string, description: string): Command => program.command(name).description(description)

  command('serve', 'run a node')
    .option('--host <address>', 'listen on this address (default: 127.0.0.1, this machine only)', someText)
    .option('--peer <url...>', 'register these nodes')
    .option('--follow <seconds>', 'resolve every so often', wholeNumber(1, 86_400))
    .option('--mine', 'mine without end')
    .action(run(async (terminal, options) => (await import('./commands/serve.js')).serve(terminal, options)))

  command('mine', 'find the next block')
    .option('--count <number>', 'find so many', wholeNumber(1, 1_000_000), 1)
    .action(run(async (terminal, options) => (await import('./commands/mine.js')).mine(terminal, options)))

  command('send', 'pay somebody')
    .option('--to <address>', 'whom', someText)
    .option('--amount <number>', 'how much')
    .option('--from <address>', "who pays (default: the node's identity)", someText)
    .option('--dry-run', 'print the transaction, send nothing')
    .action(run(async (terminal, options) => (await import('./commands/send.js')).send(terminal, options)))

  command('chain', 'show blocks')
    .option('--from <block>', 'the first to be shown (default: the last ones)', wholeNumber(1, 0xffff_ffff))
    .option('--limit <number>', 'so many', wholeNumber(1, 1000), DEFAULT_LIMIT)
    .option('--full', 'whole blocks')
    .action(run(async (terminal, options) => (await import('./commands/chain.js')).showChain(terminal, options)))

  command('balance', 'what an address got less what it sent')
    .argument('[address]', "(default: the node's identity)", someText)
    .action(
      run(async (terminal, _options, address) => (await import('./commands/balance.js')).balance(terminal, address)),
    )

  command('status', 'the node at a glance').action(
    run(async (terminal) => (await import('./commands/status.js')).status(terminal)),
  )

  command('pending', 'the transactions that wait for a block')
    .option('--limit <number>', 'so many', wholeNumber(1, 1000), DEFAULT_LIMIT)
    .action(run(async (terminal, options) => (await import('./commands/pending.js')).pending(terminal, options)))

  command('resolve', "adopt the longest valid chain among the peers'").action(
    run(async (terminal) => (await import('./commands/resolve.js')).resolve(terminal)),
  )

  const peers = command('peers', 'the nodes that resolve asks')
  peers
    .command('add')
    .description('register nodes')
    .argument('<url...>', 'such as http://localhost:5002')
    .action(run(async (terminal, _options, urls) => (await import('./commands/peers.js')).addPeers(terminal, urls)))
  peers
    .command('list')
    .description('show them')
    .action(run(async (terminal) => (await import('./commands/peers.js')).listPeers(terminal)))
  peers
    .command('remove')
    .description('forget one')
    .argument('<url>')
    .action(run(async (terminal, _options, url) => (await import('./commands/peers.js')).removePeer(terminal, url)))

  command('help', 'explain a command, or the exit codes')
    .argument('[topic...]', 'such as mine, peers add or exit-codes')
    .action(
      run(async (terminal, _options, topic) => (await import('./commands/help.js')).help(terminal, program, topic)),
    )

  for (const each of [...program.commands, ...peers.commands]) each.exitOverride().showSuggestionAfterError()
  return program
}

/** The global options of a program that was parsed, or of one whose parsing failed. */
export function globalOptions(program: Command): GlobalOptions {
  const options = program.optsWithGlobals<GlobalOptions>()
  // What was typed wins over the environment.
  const fromEnvironment = program.getOptionValueSourceWithGlobals('node') === 'env'
  if (!fromEnvironment || (options.port ?? options.name) === undefined) return options
  const { node, ...typed } = options
  return typed
}

type Work = (terminal: Terminal, options: never, ...values: never[]) => Promise<void>

/** What commander calls: positional values first, then the command's options, then the command. */
function run(work: Work): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command
    const { Terminal } = await import('./terminal.js')
    const terminal = new Terminal(globalOptions(command), pathOf(command))
    await work(terminal, given.at(-2) as never, ...(given.slice(0, -2) as never[]))
  }
}

/** `peers add`. */
function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}

function addOption(program: Command, { flags, variable, description, largest }: OptionDefinition): void {
  const option = program.createOption(flags, description)
  if (variable !== undefined && process.env[variable] !== '') option.env(variable)
  if (flags.includes('<')) option.argParser(someText)
  if (largest !== undefined) option.argParser(wholeNumber(1, largest))
  program.addOption(option)
}

/** A server is not looked for, and asks no other node for an answer. */
const NOT_FOR_SERVE = ['node', 'timeout']

/** The flags of all commands that a command heeds. */
function visibleGlobalOptions(this: Help, command: Command): Option[] {
  const all = Help.prototype.visibleGlobalOptions.call(this, command)
  return all.filter((option) => {
    const name = option.attributeName()
    return name !== 'version' && !(command.name() === 'serve' && NOT_FOR_SERVE.includes(name))
  })
}

/** What an unset variable of a script leaves is no value. */
function someText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

function wholeNumber(smallest: number, largest: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= smallest && value <= largest) return value
    throw new InvalidArgumentError(`It must be a whole number from ${smallest} to ${largest}.`)
  }
}
