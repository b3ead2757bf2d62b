import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { exactJson } from '../api/documents.js'
import { ApiError } from '../api/errors.js'
import type { IdentifiedEvent } from '../api/node-api.js'
import { printJson } from '../primitives/json/value.js'

/** An event as server-sent events are written. @see WHATWG HTML, 9.2 */
export function printEvent({ id, event }: IdentifiedEvent): string {
  // Printed JSON is one line of ASCII.
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${printJson(exactJson(event))}\n\n`
}

/** A line that is no event: it tells that the connection stands. */
export const HEARTBEAT = ': still here\n\n'

/** A block with all its transactions is described in an event of some hundred. */
const MAX_EVENT_CHARACTERS = 8 * 1024 * 1024

/** Reads server-sent events as they arrive. @throws ApiError bad-answer where one does not end */
export async function* readEventStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onError: (error) => {
      // Others are of fields that are left out.
      if (error.type === 'max-buffer-size-exceeded')
        throw new ApiError('bad-answer', 'an event of the node does not end')
    },
    maxBufferSize: MAX_EVENT_CHARACTERS,
  })
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    const arrived = events
    events = []
    yield* arrived
  }
}
