import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../api/errors.js'
import type { IdentifiedEvent, ServedNode } from '../api/node-api.js'
import { eventsQuerySchema } from '../api/schemas.js'
import { HEARTBEAT, printEvent } from './event-stream.js'
import { queryOf } from './query.js'
import { goneSignal } from './tutorial-routes.js'

/** So many sockets may be streams of events: the others are for those who ask. */
const MAX_STREAMS = 128
const HEARTBEAT_MS = 15_000

/** What happens on the node, as server-sent events. */
export function eventRoute(app: FastifyInstance, api: ServedNode): void {
  let open = 0
  app.get('/api/events', async (request, reply) => {
    const { after } = queryOf(eventsQuerySchema, request.query)
    if (open >= MAX_STREAMS) {
      throw new ApiError('too-many-clients', `${MAX_STREAMS} streams of events are open already`, {
        hint: 'close one, or try again later',
      })
    }
    open++
    reply.raw.once('close', () => open--)
    const signal = goneSignal(reply)
    // A browser that comes back says in this header what it had last.
    const events = api.events({ after: after ?? lastEventId(request.headers['last-event-id']), signal })
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-cache')
      .send(Readable.from(textOf(events[Symbol.asyncIterator](), signal)))
  })
}

function lastEventId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined
}

/** The events as text, and something every now and then where there are none. */
async function* textOf(events: AsyncIterator<IdentifiedEvent>, signal: AbortSignal): AsyncGenerator<string> {
  let next = events.next()
  while (!signal.aborted) {
    const silence = new AbortController()
    const beat = delay(HEARTBEAT_MS, undefined, { signal: silence.signal }).catch(() => undefined)
    const result = await Promise.race([next, beat])
    silence.abort()
    if (result === undefined) yield HEARTBEAT
    else if (result.done) return
    else {
      yield printEvent(result.value)
      next = events.next()
    }
  }
}
