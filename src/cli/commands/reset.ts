import { EXIT } from '../exit-codes.js'
import { chooseHome, requireHome } from '../nodes/choose-home.js'
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
    throw new UsageError(`the node ${name} is held by process ${runner.pid}`, 'end it first', EXIT.failure)
  }
  const question = `Remove the chain, the pending transactions and the peers of node ${name} of network ${network}?`
  await askConsent(terminal, question)
  await resetHome(home)
  terminal.result({ name, network, folder }, `${terminal.paint.green('✔')} node ${name} begins anew at its next start`)
}
