import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { utf8 } from '../primitives/bytes.js'
import { type JsonValue, printJson } from '../primitives/json/value.js'

/** What a socket is given at once: only between two pieces can be seen whether the client takes them. */
const PIECE_BYTES = 64 * 1024

/** Answers with a value whose numbers are exact. */
export function answerJson(reply: FastifyReply, value: JsonValue): FastifyReply {
  return answerBytes(reply, utf8(`${printJson(value)}\n`))
}

/** Answers with JSON text. */
export function answerBytes(reply: FastifyReply, text: Uint8Array): FastifyReply {
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
