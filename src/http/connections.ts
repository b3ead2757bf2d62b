import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../api/errors.js'
import type { ServerLimits } from './limits.js'

/** Of all sockets: one is closed a turn of the loop after it was told to, and those that come in meanwhile need room, too. */
const SPARE_SHARE = 0.2
/** Of one connection: that many wait for their turn. */
const MAX_UNANSWERED = 100
const SWEEP_MS = 1000

/** What is known of a client, by its socket. */
interface Client {
  /** In the order in which they came, which is that of their answers. */
  readonly unanswered: Map<IncomingMessage, ServerResponse>
  /** Those that came while another was not answered yet, and what begins them. */
  readonly waiting: { readonly request: IncomingMessage; readonly begin: () => void }[]
  /** When it last brought us on: by connecting, asking, being answered, or taking enough of its answer. */
  since: number
  /** What it had taken by then, bytes. */
  taken: number
}

const unansweredOf = new WeakMap<Duplex, Client['unanswered']>()

/** Whether an answer to an earlier request is due on a connection, or under way: what is written there now would be taken for that. */
export function isAnswering(socket: Duplex): boolean {
  const unanswered = unansweredOf.get(socket)
  if (unanswered === undefined) return false
  const [first] = unanswered.values()
  return unanswered.size > 1 || first?.headersSent === true
}

/**
 * Sees to it that no clients keep the others out. A client that does not take its answer is hung up on, and when the sockets run out,
 * those go first that have kept us waiting the longest: for a request, for the rest of it, or to take their answer.
 * What is asked in one go on one connection is done one after the other: answers that wait for their turn would be held in memory.
 */
export function limitConnections(app: FastifyInstance, { sockets, readMs, readBytes }: ServerLimits): void {
  const { server } = app
  const clients = new Map<Socket, Client>()
  const hangUpOn = (socket: Socket): void => {
    clients.delete(socket)
    socket.destroy()
  }
  server.maxConnections = sockets

  server.on('connection', (socket: Socket) => {
    while (clients.size >= sockets * (1 - SPARE_SHARE)) {
      const slowest = longestAwaited(clients)
      if (slowest === undefined) break
      hangUpOn(slowest)
    }
    const client: Client = { unanswered: new Map(), waiting: [], since: performance.now(), taken: 0 }
    clients.set(socket, client)
    unansweredOf.set(socket, client.unanswered)
    socket.once('close', () => clients.delete(socket))
  })

  const note = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request
    const client = clients.get(socket)
    if (client === undefined) return
    client.unanswered.set(request, response)
    client.since = performance.now()
    response.once('close', () => {
      client.unanswered.delete(request)
      client.since = performance.now()
      // Behind the last answer of a connection nothing is begun: nobody would hear of it, nor it of its end.
      const [first] = client.unanswered.keys()
      if (socket.writable && first !== undefined && client.waiting[0]?.request === first) {
        client.waiting.shift()!.begin()
      }
    })
  }
  server.on('request', note)
  // What expects something that no server gives is answered, too.
  server.on('checkExpectation', note)

  // Before anything is done for it, and the framework is told of a request before the listener above is.
  app.addHook('onRequest', ({ raw }, reply, done) => {
    const client = clients.get(raw.socket)
    if (client === undefined || client.unanswered.size === 0) return done()
    if (client.unanswered.size < MAX_UNANSWERED) {
      client.waiting.push({ request: raw, begin: done })
      return
    }
    // None of those behind it is answered, either.
    reply.header('connection', 'close')
    const message = `${MAX_UNANSWERED} requests wait for their answers on this connection, and it takes no more`
    done(new ApiError('too-many-requests', message, { hint: 'wait for answers before asking on, or open another one' }))
  })

  const sweep = (): void => {
    const now = performance.now()
    for (const [socket, client] of clients) {
      if (client.unanswered.size === 0) continue
      const taken = socket.bytesWritten - socket.writableLength
      if (socket.writableLength === 0 || taken - client.taken >= readBytes) {
        if (isWorkedFor(client)) client.since = now
        client.taken = taken
      } else if (now - client.since >= readMs) hangUpOn(socket)
    }
  }
  server.on('listening', () => {
    const timer = setInterval(sweep, Math.min(SWEEP_MS, readMs / 4))
    server.once('close', () => clearInterval(timer))
  })
}

function longestAwaited(clients: ReadonlyMap<Socket, Client>): Socket | undefined {
  let longest: { socket: Socket; since: number } | undefined
  for (const [socket, client] of clients) {
    const isAwaited = socket.writableLength > 0 || !isWorkedFor(client)
    if (isAwaited && (longest === undefined || client.since < longest.since)) longest = { socket, since: client.since }
  }
  return longest?.socket
}

/** Whether it has asked something, to the end, that is not answered yet. */
function isWorkedFor({ unanswered }: Client): boolean {
  for (const { complete } of unanswered.keys()) if (complete) return true
  return false
}
