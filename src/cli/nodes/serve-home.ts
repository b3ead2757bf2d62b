import { once } from 'node:events'
import { createServer } from 'node:net'
import { DEFAULT_HOST, DEFAULT_NETWORK, DEFAULT_PORT } from '../../config/options.js'
import type { Network } from '../../consensus/network.js'
import { hostName } from '../../http/guard.js'
import { type AnsweredRequest, type NodeServer, serveNode } from '../../http/server.js'
import { StoreLocked } from '../../primitives/errors.js'
import { announceRunner, type HomeEntry, runnerOf, withdrawRunner } from '../../storage/home.js'
import { EXIT } from '../exit-codes.js'
import { type Terminal, UsageError } from '../terminal.js'
import { homeFlags, namedHome, networkOf } from './choose-home.js'
import { type OpenedHome, openHome } from './open-home.js'

/** How long `serve` waits for a short command to be done with the home. */
const LOCK_WAIT_MS = 2_000
const PORTS_TRIED = 100

export type { AnsweredRequest }

export interface ServedHome extends OpenedHome {
  readonly home: HomeEntry
  readonly server: NodeServer
  close(): Promise<void>
}

export interface ServeHomeOptions {
  readonly host?: string | undefined
  /** Names under which it answers besides those that are surely this machine's. */
  readonly names?: readonly string[] | undefined
  readonly onAnswer?: (request: AnsweredRequest) => void
}

/** Opens a home and serves it until it is closed. */
export async function serveHome(
  terminal: Terminal,
  { host = DEFAULT_HOST, names: given = [], onAnswer }: ServeHomeOptions,
): Promise<ServedHome> {
  const names = given.map(checkedName)
  const port = terminal.options.port ?? DEFAULT_PORT
  const home = namedHome(terminal.options)
  const place = { host, port, home }
  // Tried first: a node that cannot be served is not begun.
  if (home.runner === undefined) await listening(() => tryPort(host, port), place)
  const opened = await openUnheld(home, networkOf(terminal.options, home.network))
  const { node } = opened
  try {
    const server = await listening(() => serveNode(node, { host, port, names, ...(onAnswer && { onAnswer }) }), place)
    announceRunner(home.folder, { pid: process.pid, url: server.url })
    const close = async (): Promise<void> => {
      withdrawRunner(home.folder)
      await Promise.all([server.close(), node.stop()])
      await node.close()
    }
    return { ...opened, home, server, close }
  } catch (error) {
    await node.close()
    throw error
  }
}

function checkedName(text: string): string {
  const name = hostName(text)
  if (name !== undefined && !text.includes(':')) return name
  throw new UsageError(`${JSON.stringify(text)} is not the name of a machine`, '--allow-host node.example.org')
}

async function openUnheld(home: HomeEntry, network: Network): Promise<OpenedHome> {
  try {
    return await openHome(home, network, LOCK_WAIT_MS)
  } catch (error) {
    if (!(error instanceof StoreLocked)) throw error
    const runner = runnerOf(home.folder)
    const holder = runner === undefined ? 'another command' : `process ${runner.pid}, which serves it at ${runner.url}`
    throw new UsageError(`the node ${home.name} is held by ${holder}`, `chain status ${homeFlags(home)}`, EXIT.failure)
  }
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
