import { once } from 'node:events'
import { createServer } from 'node:net'
import { DEFAULT_PORT, type GlobalOptions } from '../../config/options.js'
import { localUrl } from '../../http/addresses.js'
import type { HomeEntry } from '../../storage/home.js'
import { commandLine } from '../command-line.js'
import { EXIT } from '../exit-codes.js'
import { UsageError } from '../terminal.js'
import { networkFlags } from './choose-home.js'

const PORTS_TRIED = 100
/** How long a stranger on the port is given to say who it is. */
const ASKING_MS = 2_000

/** Has something listen; a port that is taken is answered with who has it, and one that is free. */
export async function listening<T>(
  start: () => Promise<T>,
  { options, host, port, home }: { options: GlobalOptions; host: string; port: number; home: HomeEntry },
): Promise<T> {
  try {
    return await start()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const serveAt = (port: number): string => {
      const named = home.name === String(options.port ?? DEFAULT_PORT) ? [] : ['--name', home.name]
      return commandLine(options, 'serve', ['--port', String(port), ...named, ...networkFlags(options, home.network)])
    }
    if (code === 'EADDRINUSE') {
      const [taker, free] = await Promise.all([takerOf(host, port), freePort(host, port + 1)])
      throw new UsageError(`port ${port} is taken by ${taker}`, serveAt(free), EXIT.failure)
    }
    if (code === 'EACCES') {
      throw new UsageError(`port ${port} needs rights you do not have`, serveAt(DEFAULT_PORT), EXIT.failure)
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      const hint = `${serveAt(port)}, for this machine alone; with --host 0.0.0.0 for others, too`
      throw new UsageError(`${host} is not an address of this machine`, hint, EXIT.failure)
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

/** Who listens there: a node of ours says which one it is. */
async function takerOf(host: string, port: number): Promise<string> {
  const [{ HttpNodeApi }, { JsonClient }] = await Promise.all([
    import('../../http/http-node-api.js'),
    import('../../http/json-client.js'),
  ])
  const api = new HttpNodeApi(new JsonClient(localUrl(host, port), { timeoutMs: ASKING_MS }))
  try {
    const { network, identity } = await api.status()
    return `a chain node: network ${network}, identity ${identity}`
  } catch {
    return 'another program'
  } finally {
    await api.close()
  }
}

/** Listens for a moment. */
export async function tryPort(host: string, port: number): Promise<void> {
  const probe = createServer().listen({ host, port })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}
