import { DEFAULT_HOST, DEFAULT_PORT } from '../../config/options.js'
import type { AnsweredRequest, NodeServer } from '../../http/server.js'
import { StoreLocked } from '../../primitives/errors.js'
import { type HomeEntry, type Runner, runnerOf } from '../../storage/home.js'
import { EXIT } from '../exit-codes.js'
import { type Terminal, UsageError } from '../terminal.js'
import { homeFlags, namedHome } from './choose-home.js'
import type { HeldHome } from './held-home.js'
import { listening, tryPort } from './listening.js'
import { openHome } from './open-home.js'
import { nameOf, Patience } from './patience.js'

export type { AnsweredRequest }

export interface ServeHomeOptions {
  readonly host?: string | undefined
  readonly onAnswer?: (request: AnsweredRequest) => void
  /** Ends the waiting for the home. */
  readonly signal: AbortSignal
}

export interface ServedHome {
  readonly home: HomeEntry
  readonly held: HeldHome
  readonly server: NodeServer
}

/** Opens a home and serves it until it is closed. */
export async function serveHome(
  terminal: Terminal,
  { host = DEFAULT_HOST, onAnswer, signal }: ServeHomeOptions,
): Promise<ServedHome> {
  const port = terminal.options.port ?? DEFAULT_PORT
  const home = namedHome(terminal.options)
  const place = { host, port, home }
  // Tried first: a node that cannot be served is not begun.
  if (home.runner === undefined) await listening(() => tryPort(host, port), place)
  const held = await openUnheld(terminal, home, signal)
  try {
    const server = await listening(() => held.serve({ host, port, ...(onAnswer && { onAnswer }) }), place)
    return { home, held, server }
  } catch (error) {
    await held.close()
    throw error
  }
}

/** Waits for commands that will soon be done with the home, not for those that serve it. */
async function openUnheld(terminal: Terminal, home: HomeEntry, signal: AbortSignal): Promise<HeldHome> {
  const patience = new Patience({ name: home.name, note: (text) => terminal.note(text), signal })
  for (;;) {
    try {
      return await openHome(home, terminal.command)
    } catch (error) {
      if (!(error instanceof StoreLocked)) throw error
      const runner = runnerOf(home.folder)
      if (runner?.url !== undefined) throw heldBy(runner, home)
      await patience.wait(runner)
    }
  }
}

function heldBy(runner: Runner, home: HomeEntry): UsageError {
  const [who, hint] =
    runner.command === 'serve'
      ? [`process ${runner.pid}, which serves it at ${runner.url}`, `chain status ${homeFlags(home)}`]
      : [nameOf(runner), 'wait until it has ended, or end it with Ctrl-C; other commands can use the node meanwhile']
  return new UsageError(`the node ${home.name} is held by ${who}`, hint, EXIT.failure)
}
