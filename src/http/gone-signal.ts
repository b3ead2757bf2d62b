import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { ApiError } from '../api/errors.js'

/**
 * Aborts when the client hangs up before it has its answer, as nobody waits for that work any more; afterwards it aborts as well.
 * The socket is looked at besides: an answer that waits behind another on the same connection is not told that the connection is gone.
 */
export function goneSignal({ raw, request }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const { socket } = request.raw
  const leave = (): void => {
    listenersOf(socket).delete(leave)
    gone.abort(new ApiError('timeout', 'the client hung up'))
  }
  if (socket.destroyed) leave()
  else {
    listenersOf(socket).add(leave)
    raw.once('close', leave)
  }
  return gone.signal
}

const listeners = new WeakMap<Socket, Set<() => void>>()

/** Who wants to know when a socket is closed. The socket itself would warn of so many as may ask on one connection. */
function listenersOf(socket: Socket): Set<() => void> {
  const known = listeners.get(socket)
  if (known !== undefined) return known
  const made = new Set<() => void>()
  listeners.set(socket, made)
  socket.once('close', () => {
    for (const listener of made) listener()
  })
  return made
}
