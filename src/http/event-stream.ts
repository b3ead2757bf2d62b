import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { exactJson } from '../api/documents.js'
import type { IdentifiedEvent } from '../api/node-api.js'
import { printJson } from '../primitives/json/value.js'

/** An event as server-sent events are written. @see WHATWG HTML, 9.2 */
export function printEvent({ id, event }: IdentifiedEvent): string {
  // Printed JSON is one line of ASCII.
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${printJson(exactJson(event))}\n\n`
}

/** A line that is no event: it tells that the connection stands. */
export const HEARTBEAT = ': still here\n\n'

/** Reads server-sent events as they arrive. */
export async function* readEventStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => void events.push(event) })
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    const arrived = events
    events = []
    yield* arrived
  }
}
