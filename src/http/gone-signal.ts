import type { FastifyReply } from 'fastify'
import { ApiError } from '../api/errors.js'

/** Aborts when the client hangs up before it has its answer, as nobody waits for that work any more; afterwards it aborts as well. */
export function goneSignal({ raw, request }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const leave = (): void => gone.abort(new ApiError('timeout', 'the client hung up'))
  if (request.raw.socket.destroyed) leave()
  else raw.once('close', leave)
  return gone.signal
}
