import { commandLine } from '../command-line.js'
import { EXIT } from '../exit-codes.js'
import { chooseHome, homeFlags, requireHome } from '../nodes/choose-home.js'
import { nameOf } from '../nodes/patience.js'
import { resetHome } from '../nodes/reset-home.js'
import { askConsent } from '../prompts.js'
import { type Terminal, UsageError } from '../terminal.js'

/** `chain reset`: a node begins anew, under the same identity. Its chain, pending transactions and peers are gone. */
export async function reset(terminal: Terminal): Promise<void> {
  if (terminal.options.node !== undefined) {
    throw new UsageError('only a node of this machine can be reset', 'name it with --port or --name')
  }
  const home = await chooseHome(terminal)
  const { name, network, folder, runner } = home
  requireHome(terminal.options, home)
  if (runner !== undefined) {
    const again = commandLine(terminal.options, 'reset', homeFlags(terminal.options, home))
    throw new UsageError(
      `the node ${name} is held by ${nameOf(runner)}`,
      `end that with Ctrl-C in its terminal, then ${again}`,
      EXIT.failure,
    )
  }
  await askConsent(
    terminal,
    `remove the chain, the pending transactions and the peers of node ${name} of network ${network}`,
  )
  await resetHome(home)
  terminal.result({ name, network, folder }, `${terminal.paint.green('✔')} node ${name} begins anew at its next start`)
}
