import { DEFAULT_HOST, DEFAULT_PORT, type GlobalOptions } from '../../config/options.js'
import { rejectText } from '../../consensus/reject.js'
import { hostName } from '../../http/guard.js'
import type { AnsweredRequest, NodeServer, ServerOptions } from '../../http/server.js'
import { SearchPool } from '../../mining/search-pool.js'
import { StoreLocked } from '../../primitives/errors.js'
import { type HomeEntry, type Runner, runnerOf } from '../../storage/home.js'
import { commandLine } from '../command-line.js'
import { EXIT } from '../exit-codes.js'
import { type Terminal, UsageError } from '../terminal.js'
import { homeFlags, namedHome, networkOf } from './choose-home.js'
import type { HeldHome } from './held-home.js'
import { listening, tryPort } from './listening.js'
import { openHome } from './open-home.js'
import type { Payee } from './open-node.js'
import { nameOf, Patience } from './patience.js'

export type { AnsweredRequest }

export interface ServedHome {
  readonly home: HomeEntry
  readonly held: HeldHome
  readonly server: NodeServer
}

export interface ServeHomeOptions extends Pick<ServerOptions, 'onAnswer' | 'onMistake'> {
  readonly host?: string | undefined
  /** Names under which it answers besides those that are surely this machine's. */
  readonly names?: readonly string[] | undefined
  /** That search proofs; as many as there are processors, unless it is said. */
  readonly threads?: number | undefined
  readonly payee: Payee
  /** Ends the waiting for the home. */
  readonly signal: AbortSignal
}

/** Opens a home and serves it until it is closed. */
export async function serveHome(
  terminal: Terminal,
  { host = DEFAULT_HOST, names: given = [], threads, payee, signal, ...heard }: ServeHomeOptions,
): Promise<ServedHome> {
  const names = given.map(checkedName)
  const port = terminal.options.port ?? DEFAULT_PORT
  const home = namedHome(terminal.options)
  const place = { options: terminal.options, host, port, home }
  const network = networkOf(terminal.options, home.network)
  const rewardTo = await payee(network)
  const refusal = rewardTo === undefined ? undefined : network.rules.checkRecipient(rewardTo)
  if (refusal !== undefined) throw new UsageError(rejectText(refusal), refusal.hint)
  // Tried first: a node that cannot be served is not begun.
  if (home.runner === undefined) await listening(() => tryPort(host, port), place)
  const held = await openUnheld(terminal, home, { threads, rewardTo, signal })
  try {
    const server = await listening(() => held.serve({ host, port, names, ...heard }), place)
    return { home, held, server }
  } catch (error) {
    await held.close({ mayVanish: true })
    throw error
  }
}

function checkedName(text: string): string {
  const name = hostName(text)
  if (name !== undefined && !text.includes(':')) return name
  throw new UsageError(`${JSON.stringify(text)} is not the name of a machine`, '--allow-host node.example.org')
}

/** Waits for commands that will soon be done with the home, not for those that serve it. */
async function openUnheld(
  terminal: Terminal,
  home: HomeEntry,
  { threads, rewardTo, signal }: Pick<ServeHomeOptions, 'threads' | 'signal'> & { rewardTo: string | undefined },
): Promise<HeldHome> {
  const network = networkOf(terminal.options, home.network)
  const patience = new Patience({ name: home.name, note: (text) => terminal.note(text), signal })
  for (;;) {
    try {
      return await openHome(home, network, terminal, new SearchPool({ threads }), rewardTo)
    } catch (error) {
      if (!(error instanceof StoreLocked)) throw error
      const runner = runnerOf(home.folder)
      if (runner?.url !== undefined) throw heldBy(terminal.options, runner, home)
      await patience.wait(runner)
    }
  }
}

function heldBy(options: GlobalOptions, runner: Runner, home: HomeEntry): UsageError {
  const [who, hint] =
    runner.command === 'serve'
      ? [
          `process ${runner.pid}, which serves it at ${runner.url}`,
          commandLine(options, 'status', homeFlags(options, home)),
        ]
      : [nameOf(runner), 'wait until it has ended, or end it with Ctrl-C; other commands can use the node meanwhile']
  return new UsageError(`the node ${home.name} is held by ${who}`, hint, EXIT.failure)
}
