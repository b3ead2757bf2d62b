import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { type Document, exactJson } from '../api/documents.js'
import { concatBytes, utf8 } from '../primitives/bytes.js'
import { type JsonValue, printJson } from '../primitives/json/value.js'

/** What a socket is given at once: only between two pieces can be seen whether the client takes them. */
const PIECE_BYTES = 64 * 1024

/** Answers with a value whose numbers are exact. */
export function answerJson(reply: FastifyReply, value: JsonValue): FastifyReply {
  return answerText(reply, [utf8(printJson(value))])
}

/** JSON text, in the parts of which it was made. */
type TextParts = readonly Uint8Array[]

/** An object of which one member is JSON text already: reading and printing it again would take longer than all the rest. */
export function textWith(others: Document, name: string, text: TextParts): TextParts {
  const printed = printJson(exactJson(others))
  return [utf8(`${printed.slice(0, printed.lastIndexOf('}'))}, "${name}": `), ...text, utf8('}')]
}

export function textOfList(elements: readonly TextParts[]): TextParts {
  const separator = utf8(', ')
  return [utf8('['), ...elements.flatMap((each, i) => (i === 0 ? each : [separator, ...each])), utf8(']')]
}

/** Answers with JSON text. */
export function answerText(reply: FastifyReply, parts: TextParts): FastifyReply {
  const text = concatBytes([...parts, utf8('\n')])
  return reply
    .type('application/json')
    .header('content-length', text.length)
    .send(text.length <= PIECE_BYTES ? text : Readable.from(piecesOf(text), { objectMode: false }))
}

/** Answers with JSON text as it comes. */
export function answerStream(reply: FastifyReply, parts: AsyncIterable<Uint8Array>): FastifyReply {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of parts) yield* piecesOf(part)
  }
  return reply.type('application/json').send(Readable.from(pieces(), { objectMode: false }))
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}
