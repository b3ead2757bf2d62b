import { ApiError } from '../../api/errors.js'
import { onInterrupt } from '../interrupts.js'
import { rememberHome } from '../nodes/choose-home.js'
import { type AnsweredRequest, type ServedHome, serveHome } from '../nodes/serve-home.js'
import { fields } from '../table.js'
import { Interrupted, type Terminal } from '../terminal.js'
import { counted, duration, harmless } from '../text.js'
import { version } from '../version.js'

export interface ServeOptions {
  readonly host?: string
  readonly peer?: readonly string[]
  /** Seconds between two resolves. */
  readonly follow?: number
  readonly mine?: boolean
}

/** `chain serve`: runs a node until it is told to stop. */
export async function serve(terminal: Terminal, options: ServeOptions): Promise<void> {
  const { signal, release } = onInterrupt()
  const onAnswer = (request: AnsweredRequest): void => logAnswer(terminal, request)
  const served = await serveHome(terminal, { host: options.host, ...(!terminal.options.json && { onAnswer }) })
  try {
    await rememberHome(terminal, served.home)
    if (options.peer !== undefined) await served.node.addPeers(options.peer)
    await announce(terminal, served)
    await Promise.all([
      stopped(signal),
      options.mine ? mineOn(terminal, served, signal) : undefined,
      options.follow === undefined ? undefined : follow(terminal, served, options.follow * 1000, signal),
    ])
    terminal.note('stopping')
  } finally {
    await served.close()
    release()
  }
}

async function announce(terminal: Terminal, { node, identity, network, home, server }: ServedHome): Promise<void> {
  const { length, pending } = await node.status()
  const { url } = server
  const document = {
    url,
    network: network.name,
    name: home.name,
    identity,
    folder: home.folder,
    length,
    pid: process.pid,
  }
  terminal.result(document, () => {
    const { paint } = terminal
    const state = `${counted(length, 'block')}${pending > 0 ? `, ${counted(pending, 'pending transaction')}` : ''}`
    const lines = fields(
      [
        ['node', url],
        ['network', `${network.name}: ${network.title}`],
        ['identity', identity],
        ['chain', state],
        ['folder', home.folder],
      ],
      (label) => `  ${paint.dim(label)}`,
    )
    return `${paint.bold('chain')} ${version()}\n${lines}`
  })
  for (const publicUrl of server.publicUrls) terminal.warn(`others can reach this node at ${publicUrl}`)
  terminal.note(`try: curl ${url}/mine   (Ctrl-C stops the node and loses nothing)`)
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** Mines without end. */
async function mineOn(terminal: Terminal, { node }: ServedHome, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { height, block, elapsedMs } = await node.mine({ signal })
      terminal.note(`block ${height} found: proof ${block.proof}, ${duration(elapsedMs)}`)
    } catch (error) {
      if (error instanceof Interrupted) return
      throw error
    }
  }
}

/** Resolves again and again. */
async function follow(terminal: Terminal, { node }: ServedHome, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { replaced, length } = await node.resolve({ signal })
      if (replaced) terminal.note(`our chain was replaced: ${counted(length, 'block')} now`)
    } catch (error) {
      if (error instanceof Interrupted) return
      if (!(error instanceof ApiError)) throw error
      terminal.warn(error.message)
    }
    await pause(everyMs, signal)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const waited = new AbortController()
  const timer = setTimeout(() => waited.abort(), ms)
  await stopped(AbortSignal.any([signal, waited.signal]))
  clearTimeout(timer)
}

function logAnswer(terminal: Terminal, { method, path, status, elapsedMs }: AnsweredRequest): void {
  terminal.note(
    `${new Date().toLocaleTimeString('sv-SE')} ${method} ${harmless(path).slice(0, 200)} ${status} ${duration(elapsedMs)}`,
  )
}
