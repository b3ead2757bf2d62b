import type { IncomingHttpHeaders } from 'node:http'
import { MIMEType } from 'node:util'
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify'
import { ApiError } from '../api/errors.js'
import type { ServedNode } from '../api/node-api.js'
import type { JsonLimits } from '../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { type JsonValue, parseJson } from '../primitives/json/value.js'
import { curlCommand } from './curl-command.js'
import { urlOf } from './request-url.js'

export const MAX_BODY_BYTES = 1024 * 1024
/** Its `maxBytes` are those of the printed value, in which a byte of a text may take six. */
const BODY_LIMITS = { maxDepth: 32, maxBytes: 6 * MAX_BODY_BYTES }

/** A block has some 30,000. To read as many as there is room for would keep all others waiting for seconds. */
const STRICT_LIMITS = { ...BODY_LIMITS, isStrict: true, maxValues: 60_000 }

/** What is taken for no body: some programs cannot help sending one. */
const NOTHING = /^\s*(\{\s*\}\s*)?$/

/** Bodies are JSON with exact numbers, whatever the framework would make of them; a call that describes none takes none. */
export function readJsonBodies(app: FastifyInstance, { isStrict }: Pick<ServedNode, 'isStrict'>): void {
  const limits = isStrict ? STRICT_LIMITS : BODY_LIMITS
  app.removeAllContentTypeParsers()
  const add = (type: string, read: (request: FastifyRequest, body: Buffer) => JsonValue): void => {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (request, body, done) => {
      // Nothing may be thrown here: it would not be caught.
      try {
        const takesNone = request.routeOptions.schema?.body === undefined
        done(null, takesNone ? checkNone(request, body as Buffer) : read(request, body as Buffer))
      } catch (error) {
        done(error as Error)
      }
    })
  }
  add('application/json', (request, body) => {
    checkEncoding(request.headers)
    return parsedBody(request, body, limits)
  })
  add('*', () => {
    throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE()
  })
}

/** @throws ApiError where there is anything in the body, whatever it is declared to be */
function checkNone(request: FastifyRequest, body: Buffer): undefined {
  if (NOTHING.test(body.toString('latin1'))) return undefined
  throw new ApiError('bad-request', 'this call takes no body', {
    hint: `leave it out: curl -X ${request.method} ${urlOf(request)}`,
  })
}

/** @throws ApiError where the body is declared to be something else than plain UTF-8 */
function checkEncoding(headers: IncomingHttpHeaders): void {
  const { 'content-encoding': encoding = 'identity', 'transfer-encoding': transfer = 'chunked' } = headers
  if (encoding.toLowerCase() !== 'identity' || transfer.toLowerCase() !== 'chunked') {
    throw new ApiError('unsupported-media-type', 'the body is compressed, which this node does not read', {
      hint: 'send it as it is, without Content-Encoding',
    })
  }
  const charset = new MIMEType(headers['content-type']!).params.get('charset') ?? 'utf-8'
  if (charset.toLowerCase() !== 'utf-8') {
    throw new ApiError('unsupported-media-type', 'the body is not declared to be UTF-8, as JSON is', {
      hint: 'write it in UTF-8, and declare it with Content-Type: application/json alone',
    })
  }
}

function parsedBody(request: FastifyRequest, body: Uint8Array, limits: JsonLimits): JsonValue {
  try {
    return parseJson(body, limits)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new ApiError('bad-request', `the body cannot be read as JSON: ${error.message}`, {
      hint: `such as: ${curlCommand(request.method, urlOf(request), request.routeOptions.schema?.body)}`,
    })
  }
}
