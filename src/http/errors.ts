import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, type ApiErrorCode } from '../api/errors.js'
import { isAnswering } from './connections.js'
import { curlCommand } from './curl-command.js'
import { originOf, urlOf } from './request-url.js'

/** With which HTTP status each error is answered. */
export const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  'too-large': 413,
  'too-many-clients': 503,
  'pool-full': 503,
  'fee-too-low': 400,
  'too-many-pending': 400,
  'already-pending': 400,
  replaced: 400,
  expired: 400,
  unsupported: 404,
  'shutting-down': 503,
  'cannot-write': 507,
  'store-damaged': 500,
  timeout: 504,
  internal: 500,
  'bad-request': 400,
  'bad-format': 400,
  'bad-previous-hash': 400,
  'bad-proof': 400,
  'other-edition': 400,
  'missing-value': 400,
  'bad-address': 400,
  'bad-amount': 400,
  'bad-definition': 400,
  'bad-genesis': 400,
  'bad-hash': 400,
  'bad-version': 400,
  'bad-diffbits': 400,
  'high-hash': 400,
  'prev-blk-not-found': 400,
  'bad-prevblk': 400,
  'bad-index': 400,
  'time-too-old': 400,
  'time-too-new': 400,
  'bad-blk-length': 400,
  'bad-txnmrklroot': 400,
  'bad-txns-duplicate': 400,
  'bad-cb-missing': 400,
  'bad-cb-multiple': 400,
  'bad-cb-height': 400,
  'bad-cb-amount': 400,
  'bad-memo': 400,
  'bad-public-key': 400,
  'bad-signature': 400,
  'bad-nonce': 400,
  'insufficient-funds': 400,
  'bad-peer-address': 400,
  'too-many-peers': 400,
  ambiguous: 400,
  'node-unreachable': 502,
  'bad-answer': 502,
}

/** JSON, and a line's end. */
export function errorText({ code, message, hint }: ApiError): string {
  return `${JSON.stringify({ error: { code, message, hint } })}\n`
}

/**
 * Answers with the error's code, message and hint; of an error that nobody meant, with nothing of its text.
 * @param onMistake is told of those
 */
export function answerError(error: unknown, reply: FastifyReply, onMistake: (error: unknown) => void): void {
  const known = apiErrorOf(error, reply.request)
  if (known.code === 'internal') onMistake(known === error ? (known.cause ?? known) : error)
  if (reply.raw.headersSent) {
    reply.raw.destroy()
    return
  }
  reply.code(STATUS[known.code]).type('application/json; charset=utf-8').send(errorText(known))
}

const HEADERS_TOO_LARGE = new ApiError('too-large', 'the headers of the request are too large', {
  hint: 'leave out what the node does not need: it heeds no cookies',
})
const TOO_SLOW = new ApiError('timeout', 'the request took too long to arrive', {
  hint: 'send all of it at once, with the length that Content-Length says',
})
const NO_HTTP = new ApiError('bad-request', 'the request is not proper HTTP', {
  hint: 'ask with a program that speaks HTTP/1.1, such as curl, and begin the address with http://',
})

/**
 * Answers what is no HTTP request, or does not come to its end, and hangs up. What follows a request that is itself to be the
 * last (`Connection: close`) is ignored: that request has its answer, and only one (RFC 9112, section 9.6).
 */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'HPE_CLOSED_CONNECTION') return
  // A request whose body waits behind another answer: nobody could tell what would be said to it from that.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && isAnswering(socket)) {
    socket.destroy()
    return
  }
  const [status, error] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', HEADERS_TOO_LARGE]
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', TOO_SLOW]
        : ['400 Bad Request', NO_HTTP]
  if (code !== 'ECONNRESET' && socket.writable) {
    const body = errorText(error)
    const headers = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`
    socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`)
  }
  socket.destroySoon()
}

function apiErrorOf(error: unknown, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new ApiError('unsupported-media-type', 'the body is not declared to be JSON', {
        hint: curlCommand(request.method, urlOf(request), request.routeOptions.schema?.body),
      })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError('too-large', `the body is larger than ${request.routeOptions.bodyLimit / 2 ** 20} MiB`, {
        hint: 'send less at a time: one transaction, or a list of peers, in each request',
      })
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return malformed(request)
    default:
      if (isClientError(error)) return malformed(request)
      return new ApiError('internal', 'the node failed to answer; this is a mistake of the program')
  }
}

function malformed(request: FastifyRequest): ApiError {
  return new ApiError('bad-request', 'the request is malformed', {
    hint: `compare it with ${originOf(request)}/docs, which shows all calls`,
  })
}

/** The framework's own refusals, such as of a path that is too long. */
function isClientError(error: unknown): boolean {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  const { statusCode } = error
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
}
