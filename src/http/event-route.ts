import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '../api/errors.js'
import type { IdentifiedEvent, ServedNode } from '../api/node-api.js'
import { apiCalls } from './api-calls.js'
import { HEARTBEAT, printEvent } from './event-stream.js'
import { goneSignal } from './gone-signal.js'
import type { ReadingInstance } from './validation.js'

/** So many sockets may be streams of events: the others are for those who ask. */
const MAX_STREAMS = 128
const HEARTBEAT_MS = 15_000

/**
 * What happens on the node, as server-sent events.
 * @returns how many streams are open
 */
export function eventRoute(app: ReadingInstance, api: ServedNode): () => number {
  let open = 0
  app.get('/api/events', { schema: apiCalls.events }, async (request, reply) => {
    const { after } = request.query
    if (open >= MAX_STREAMS) {
      throw new ApiError('too-many-clients', `${MAX_STREAMS} streams of events are open already`, {
        hint: 'close one, or try again later',
      })
    }
    const signal = goneSignal(reply)
    signal.throwIfAborted()
    open++
    signal.addEventListener('abort', () => open--, { once: true })
    // A browser that comes back says in this header what it had last.
    const events = api.events({ after: after ?? lastEventId(request.headers['last-event-id']), signal })
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-cache')
      .send(Readable.from(textOf(events[Symbol.asyncIterator](), signal)))
  })
  return () => open
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
