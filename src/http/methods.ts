import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../api/errors.js'
import { curlCommand } from './curl-command.js'
import { errorText } from './errors.js'
import { originOf, pathOf, urlOf } from './request-url.js'

/** A path that leads nowhere is answered with 404, and one that is known under another method with 405 and that method. */
export function refuseOtherMethods(app: FastifyInstance): void {
  const methodsByPath = new Map<string, Set<string>>()
  const bodies = new Map<string, unknown>()
  app.addHook('onRoute', ({ url, method, schema }) => {
    const methods = methodsByPath.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    methodsByPath.set(url, methods)
    bodies.set(url, schema?.body)
  })
  // Before the body is looked at: what is wrong with that is of no interest any more.
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done()
      return
    }
    const path = decoded(pathOf(request))
    const route = [...methodsByPath.keys()].find((pattern) => matches(pattern, path))
    if (route === undefined) {
      done(
        new ApiError('not-found', `there is nothing at ${path.slice(0, 200)}`, {
          hint: `${originOf(request)}/docs shows all calls; the tutorial's begin with curl ${originOf(request)}/chain`,
        }),
      )
      return
    }
    const methods = [...methodsByPath.get(route)!]
    const allowed = methods.join(', ')
    reply.header('allow', allowed)
    const hint = curlCommand(methods[0]!, urlOf(request), bodies.get(route))
    done(new ApiError('method-not-allowed', `${route} takes ${allowed}, not ${request.method}`, { hint }))
  })
  // Node would answer by itself, without a word.
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    const error = new ApiError('bad-request', 'the request expects something that no node does', {
      hint: 'leave out the header Expect',
    })
    const headers = { 'content-type': 'application/json', connection: 'close' }
    response.writeHead(417, headers).end(errorText(error))
  })
}

/** As the router reads it, where it can be read. */
function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const parts = path.split('/')
  return wanted.length === parts.length && wanted.every((part, i) => part.startsWith(':') || part === parts[i])
}
