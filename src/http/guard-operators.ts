import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError } from '../api/errors.js'

/** The routes that have the node work, or change whom it knows: who runs it may, and nobody else. */
const OPERATOR_CALLS = /^(\/mine|\/nodes\/.*|\/api\/mine|\/api\/resolve|\/api\/peers\/.*)$/

export interface OperatorOptions {
  /** What a client says that is the operator's: `Authorization: Bearer TOKEN`. */
  readonly token: string
  /** Of an address that leads to this machine alone, whose users are the operator's affair. */
  readonly isLocal: (address: string) => boolean
}

/** Has clients on other machines show the node's token for the operator's calls. */
export function guardOperators(app: FastifyInstance, { token, isLocal }: OperatorOptions): void {
  const expected = digest(`Bearer ${token}`)
  app.addHook('onRequest', (request, reply, done) => {
    const { remoteAddress } = request.socket
    // Of a client that is gone already the address is gone, too.
    const isKnown = remoteAddress !== undefined && isLocal(remoteAddress)
    if (isKnown || !isOperatorCall(request) || hasToken(request, expected)) {
      done()
      return
    }
    reply.header('www-authenticate', 'Bearer')
    done(
      new ApiError('unauthorized', 'from another machine only who has the node’s token may ask for this', {
        hint: 'give the file "token" of the node’s folder: --token-file FILE',
      }),
    )
  })
}

function isOperatorCall(request: FastifyRequest): boolean {
  // Not what the request says: there are other ways to write a path, such as /%6dine, that lead to the same route.
  return OPERATOR_CALLS.test(request.routeOptions.url ?? '')
}

/** Takes as long whatever is wrong with it. */
function hasToken({ headers }: FastifyRequest, expected: Buffer): boolean {
  return timingSafeEqual(digest(headers.authorization ?? ''), expected)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
