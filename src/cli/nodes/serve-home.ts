import { once } from 'node:events'
import { createServer } from 'node:net'
import { DEFAULT_HOST, DEFAULT_NETWORK, DEFAULT_PORT } from '../../config/options.js'
import { hostName } from '../../http/guard.js'
import type { AnsweredRequest, NodeServer } from '../../http/server.js'
import { StoreLocked } from '../../primitives/errors.js'
import { type HomeEntry, type Runner, runnerOf } from '../../storage/home.js'
import { EXIT } from '../exit-codes.js'
import { type Terminal, UsageError } from '../terminal.js'
import { homeFlags, namedHome, networkOf } from './choose-home.js'
import type { HeldHome } from './held-home.js'
import { openHome } from './open-home.js'
import { nameOf, Patience } from './patience.js'

const PORTS_TRIED = 100

export type { AnsweredRequest }

export interface ServedHome {
  readonly home: HomeEntry
  readonly held: HeldHome
  readonly server: NodeServer
}

export interface ServeHomeOptions {
  readonly host?: string | undefined
  /** Names under which it answers besides those that are surely this machine's. */
  readonly names?: readonly string[] | undefined
  readonly onAnswer?: (request: AnsweredRequest) => void
  /** Ends the waiting for the home. */
  readonly signal: AbortSignal
}

/** Opens a home and serves it until it is closed. */
export async function serveHome(
  terminal: Terminal,
  { host = DEFAULT_HOST, names: given = [], onAnswer, signal }: ServeHomeOptions,
): Promise<ServedHome> {
  const names = given.map(checkedName)
  const port = terminal.options.port ?? DEFAULT_PORT
  const home = namedHome(terminal.options)
  const place = { host, port, home }
  // Tried first: a node that cannot be served is not begun.
  if (home.runner === undefined) await listening(() => tryPort(host, port), place)
  const held = await openUnheld(terminal, home, signal)
  try {
    const server = await listening(() => held.serve({ host, port, names, ...(onAnswer && { onAnswer }) }), place)
    return { home, held, server }
  } catch (error) {
    await held.close()
    throw error
  }
}

function checkedName(text: string): string {
  const name = hostName(text)
  if (name !== undefined && !text.includes(':')) return name
  throw new UsageError(`${JSON.stringify(text)} is not the name of a machine`, '--allow-host node.example.org')
}

/** Waits for commands that will soon be done with the home, not for those that serve it. */
async function openUnheld(terminal: Terminal, home: HomeEntry, signal: AbortSignal): Promise<HeldHome> {
  const network = networkOf(terminal.options, home.network)
  const patience = new Patience({ name: home.name, note: (text) => terminal.note(text), signal })
  for (;;) {
    try {
      return await openHome(home, network, terminal.command)
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

/** Has something listen; a port that is taken is answered with one that is free. */
async function listening<T>(
  start: () => Promise<T>,
  { host, port, home }: { host: string; port: number; home: HomeEntry },
): Promise<T> {
  try {
    return await start()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      const free = await freePort(host, port + 1)
      const named = home.name === String(port) ? '' : ` --name ${home.name}`
      const network = home.network === DEFAULT_NETWORK ? '' : ` --network ${home.network}`
      throw new UsageError(
        `port ${port} is taken by another program`,
        `chain serve --port ${free}${named}${network}`,
        EXIT.failure,
      )
    }
    if (code === 'EACCES') {
      const message = `port ${port} needs rights you do not have`
      throw new UsageError(message, `chain serve --port ${DEFAULT_PORT}`, EXIT.failure)
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      throw new UsageError(`${host} is not an address of this machine`, 'chain serve --host 0.0.0.0', EXIT.failure)
    }
    throw error
  }
}

async function freePort(host: string, from: number): Promise<number> {
  for (let port = from; port < from + PORTS_TRIED; port++) {
    const isFree = await tryPort(host, port).then(
      () => true,
      () => false,
    )
    if (isFree) return port
  }
  return DEFAULT_PORT
}

/** Listens for a moment. */
async function tryPort(host: string, port: number): Promise<void> {
  const probe = createServer().listen({ host, port })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}
