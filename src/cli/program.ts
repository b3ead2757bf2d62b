import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { DEFAULT_LIMIT, GLOBAL_OPTIONS, type OptionDefinition } from '../config/options.js'
import { EXAMPLES } from './examples.js'
import { flagsBesideNode, refuseNode, visibleGlobalOptions } from './global-options.js'
import { introduction } from './introduction.js'
import { addOption, decimal, someText, wholeNumber } from './option-values.js'
import { PlainCommand } from './plain-command.js'
import { pathOf, run } from './run-command.js'
import { version } from './version.js'
import { describeWallets, withPassphrase } from './wallet-program.js'

/** More would only take each other's time: a block is found when the slowest has tried what comes before it. */
const MAX_THREADS = 4 * availableParallelism()
const THREADS = 'search with so many threads (default: one for each processor)'

const REWARD_TO =
  "whom the reward goes to (default: the node's identity; where payments are signed, the wallet's first account)"
const OWN_ADDRESS = "(default: the node's identity, or the wallet's first account)"

/** Narrower than that a description is not wrapped: beside the longest flag a terminal of 60 columns leaves 29. */
const MIN_WIDTH_TO_WRAP = 12

const SHELLS = ['bash', 'zsh', 'fish', 'powershell']
const COMPLETION_HELP = `
Examples:
  $ source <(chain completion bash)             in this shell, until it ends
  $ chain completion fish > ~/.config/fish/completions/chain.fish   for good`

/**
 * All commands with their flags. Each command's libraries are loaded when it runs, so that `--help` is there at once.
 * What cannot be parsed is a ParseError.
 * @param complain what is done with the help that is shown where a command is missing
 * @param json whether the version is printed as JSON
 */
export function describeProgram(complain: (text: string) => void, { json = false } = {}): Command {
  const program = new PlainCommand('chain')
    .description('A blockchain in one command: a node, a wallet and a miner.')
    .version(json ? JSON.stringify({ version: version() }) : version(), '-V, --version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: complain })
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions, minWidthToWrap: MIN_WIDTH_TO_WRAP })
  for (const option of Object.values<OptionDefinition>(GLOBAL_OPTIONS)) addOption(program, option)
  program.addHelpText('after', () => introduction(program))

  const command = (name: string, description: string): Command => program.command(name).description(description)

  program
    .command('menu', { hidden: true })
    .description('what `chain` alone shows on a terminal')
    .action(
      run(async (terminal) => (await import('./menu.js')).menu(terminal, describeProgram, flagsBesideNode(program))),
    )

  command('serve', 'run a node')
    .option('--host <address>', 'listen on this address (default: 127.0.0.1, this machine only)', someText)
    .option('--allow-host <name...>', 'answer under these names of the machine, too')
    .option('--peer <url...>', 'register these nodes')
    .option('--follow <seconds>', 'resolve every so often', wholeNumber(1, 86_400))
    .option('--mine', 'mine without end')
    .option('--to <address>', REWARD_TO, someText)
    .option('--threads <number>', THREADS, wholeNumber(1, MAX_THREADS))
    .hook('preAction', () => refuseNode(program))
    .action(run(async (terminal, options) => (await import('./commands/serve.js')).serve(terminal, options)))

  command('mine', 'find the next block')
    .option('--count <number>', 'find so many (default: 1)', wholeNumber(1, 1_000_000))
    .addOption(program.createOption('--continuous', 'go on until Ctrl-C').conflicts('count'))
    .option('--to <address>', REWARD_TO, someText)
    .option('--threads <number>', THREADS, wholeNumber(1, MAX_THREADS))
    .action(run(async (terminal, options) => (await import('./commands/mine.js')).mine(terminal, options)))

  command('bench', 'measure how fast this machine mines')
    .option('--threads <number>', THREADS, wholeNumber(1, MAX_THREADS))
    .option('--seconds <number>', 'measure each rate for so long', decimal(0.1, 600), 1)
    .action(run(async (terminal, options) => (await import('./commands/bench.js')).bench(terminal, options)))

  withPassphrase(command('send', 'pay somebody'))
    .option('--to <address>', 'whom', someText)
    .option('--amount <number>', 'how much')
    .option(
      '--from <address>',
      "who pays: an address, a wallet or its account, such as main.1 (default: the wallet's first account; the node's identity where nothing is signed)",
      someText,
    )
    .option('--fee <number>', 'what the miner gets (default: the least that nodes take up)')
    .option('--memo <text>', 'a few words that everybody can read', someText)
    .option(
      '--nonce <number>',
      'that of a pending payment, to put this one in its place',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--wait <confirmations>', 'wait, however long, until so many blocks hold it', wholeNumber(1, 1000))
    .option('--dry-run', 'print the transaction, send nothing')
    .option('--unsigned', 'print it for `chain wallet sign` on a machine that has the keys')
    .action(run(async (terminal, options) => (await import('./commands/send.js')).send(terminal, options)))

  command('chain', 'show blocks')
    .option('--from <block>', 'the first to be shown (default: the last ones)', wholeNumber(1, 0xffff_ffff))
    .option('--limit <number>', 'so many', wholeNumber(1, 1000), DEFAULT_LIMIT)
    .option('--full', 'whole blocks')
    .action(run(async (terminal, options) => (await import('./commands/chain.js')).showChain(terminal, options)))

  command('block', 'show one block')
    .argument('[block]', 'its height, its hash or the first digits of that (default: the last block)')
    .action(run(async (terminal, _options, id) => (await import('./commands/block.js')).showBlock(terminal, id)))

  const tx = command('tx', 'show one transaction')
    .argument('<id>', 'its id, the first digits of that, or its place, such as 3.0')
    .option('--verify', 'check here that it stands in the chain, with headers alone')
    .action(
      run(async (terminal, options, id) => (await import('./commands/tx.js')).showTransaction(terminal, options, id)),
    )
  tx.command('submit')
    .description('hand in one that was signed elsewhere')
    .argument('<file>', '- for stdin', someText)
    .option('--wait <confirmations>', 'wait, however long, until so many blocks hold it', wholeNumber(1, 1000))
    .action(
      run(async (terminal, options, file) =>
        (await import('./commands/submit-signed.js')).submitFile(terminal, options, file),
      ),
    )

  command('history', 'what an address paid and was paid')
    .argument('[address]', OWN_ADDRESS)
    .option('--limit <number>', 'so many', wholeNumber(1, 1000), DEFAULT_LIMIT)
    .option('--before <place>', 'those before this one')
    .action(
      run(async (terminal, options, address) =>
        (await import('./commands/history.js')).history(terminal, options, address),
      ),
    )

  command('watch', 'what happens on the node, as it happens').action(
    run(async (terminal) => (await import('./commands/watch.js')).watch(terminal)),
  )

  command('export', 'write the chain to a file of JSON lines')
    .argument('<file>', '- for stdout', someText)
    .option('--force', 'replace the file')
    .action(
      run(async (terminal, options, file) =>
        (await import('./commands/export.js')).exportChain(terminal, options, file),
      ),
    )

  command('import', 'adopt the chain of such a file, if it is longer')
    .argument('<file>', '- for stdin', someText)
    .action(run(async (terminal, _options, file) => (await import('./commands/import.js')).importFile(terminal, file)))

  command('verify', 'check the whole chain').action(
    run(async (terminal) => (await import('./commands/verify.js')).verify(terminal)),
  )

  command('reset', "remove a node's chain, pending transactions and peers, and begin anew").action(
    run(async (terminal) => (await import('./commands/reset.js')).reset(terminal)),
  )

  command('balance', 'what an address got less what it sent')
    .argument('[address]', OWN_ADDRESS, someText)
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

  const network = command('network', 'the rules by which nodes can be peers')
  network
    .command('list')
    .description('show them')
    .action(run(async (terminal) => (await import('./commands/network.js')).listNetworks(terminal)))
  network
    .command('show')
    .description('show one')
    .argument('<name>')
    .action(
      run(async (terminal, _options, name) => (await import('./commands/network.js')).showNetwork(terminal, name)),
    )
  network
    .command('new')
    .description('make one of your own')
    .argument('[name]', '(default: the rules and the zeros, such as tutorial-6)')
    .option('--rules <rules>', 'tutorial, tutorial-bound or secure (default: tutorial)', someText)
    .option('--zeros <number>', "hex zeros that a proof's hash begins with (default: 4)", wholeNumber(1, 10))
    .option(
      '--block-time <seconds>',
      'of a secure one: how long a block is to take (default: 30)',
      wholeNumber(1, 86_400),
    )
    .action(
      run(async (terminal, options, name) =>
        (await import('./commands/network.js')).newNetwork(terminal, options, name),
      ),
    )

  network
    .command('remove')
    .description('forget one of your own; what its nodes have stays')
    .argument('<name>')
    .action(
      run(async (terminal, _options, name) =>
        (await import('./commands/network-remove.js')).removeNetwork(terminal, name),
      ),
    )

  const config = command('config', 'what is set once instead of being typed each time')
  config
    .command('list')
    .description('show all settings that are in force, and where each is from')
    .action(run(async (terminal) => (await import('./commands/config.js')).listConfig(terminal)))
  config
    .command('get')
    .description('show one')
    .argument('<setting>')
    .action(run(async (terminal, _options, name) => (await import('./commands/config.js')).getConfig(terminal, name)))
  config
    .command('set')
    .description('set one; without a value it is taken back')
    .argument('<setting>')
    .argument('[value]')
    .action(
      run(async (terminal, _options, name, value) =>
        (await import('./commands/config.js')).setConfig(terminal, name, value),
      ),
    )
  config
    .command('path')
    .description('show where they are kept')
    .action(run(async (terminal) => (await import('./commands/config.js')).showConfigPath(terminal)))

  describeWallets(program)

  command('completion', 'print what a shell needs to complete commands')
    .addArgument(program.createArgument('<shell>').choices(SHELLS))
    .addHelpText('after', COMPLETION_HELP)
    .action(async (shell: string) => (await import('./completion.js')).printCompletion(shell))

  command('help', 'explain a command, or the exit codes')
    .argument('[topic...]', 'such as mine, peers add or exit-codes')
    .action(
      run(async (terminal, _options, topic) => (await import('./commands/help.js')).help(terminal, program, topic)),
    )

  for (const each of program.commands.flatMap((group) => [group, ...group.commands])) {
    each.exitOverride().showSuggestionAfterError()
    const examples = EXAMPLES[pathOf(each)]
    if (examples !== undefined)
      each.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`)
  }
  return program
}
