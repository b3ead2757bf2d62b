import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import Fastify, { type FastifyInstance } from 'fastify'
import { ApiError } from '../api/errors.js'
import type { ServedNode } from '../api/node-api.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { parseJson } from '../primitives/json/value.js'
import { apiRoutes } from './api-routes.js'
import { docsRoutes } from './docs-routes.js'
import { answerClientError, answerError, errorBody } from './errors.js'
import { eventRoute } from './event-route.js'
import { guardBrowsers } from './guard.js'
import { metricsRoute } from './metrics-route.js'
import { tutorialRoutes } from './tutorial-routes.js'
import { readBySchema } from './validation.js'

const BODY_LIMITS = { maxDepth: 32, maxBytes: 4 * 1024 * 1024 }
const MAX_BODY_BYTES = 1024 * 1024
const MAX_SOCKETS = 256
/** Of them so many may be connected without a request that has come in whole. */
const MAX_IDLE_SOCKETS = 200
const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** On shutting down, answers that take longer are cut off. */
const CLOSE_MS = 3_000

export interface AnsweredRequest {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly elapsedMs: number
}

export interface ServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly onAnswer?: (request: AnsweredRequest) => void
}

/** A node's HTTP server. */
export interface NodeServer {
  /** Where it can be reached from this machine, such as `http://127.0.0.1:5000`. */
  readonly url: string
  /** Where it can be reached from other machines; empty when it only listens to this one. */
  readonly publicUrls: readonly string[]
  close(): Promise<void>
}

/**
 * Serves a node over HTTP.
 * @throws an error with the code EADDRINUSE, EADDRNOTAVAIL or EACCES where it cannot listen
 */
export async function serveNode(api: ServedNode, { host, port, onAnswer }: ServerOptions): Promise<NodeServer> {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    exposeHeadRoutes: false,
    // A request without a Host is ours to refuse, and clients that are too slow are looked for every second.
    http: { requireHostHeader: false, connectionsCheckingInterval: 1000 },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, _request, reply) => answerError(error, reply),
    clientErrorHandler: answerClientError,
  })
  app.server.headersTimeout = HEADERS_MS
  app.server.maxConnections = MAX_SOCKETS
  makeRoom(app)
  readJsonBodies(app)
  guardBrowsers(app)
  refuseWrongMethods(app)
  if (onAnswer !== undefined) {
    app.addHook('onResponse', async (request, reply) => {
      onAnswer({ method: request.method, path: request.url, status: reply.statusCode, elapsedMs: reply.elapsedTime })
    })
  }
  // A line's end behind each answer, as Flask sends it: the next prompt of a terminal stands on a line of its own.
  app.setReplySerializer((answer) => `${JSON.stringify(answer)}\n`)
  app.setErrorHandler((error, _request, reply) => answerError(error, reply))
  const reading = readBySchema(app)
  docsRoutes(app, api)
  tutorialRoutes(reading, api)
  apiRoutes(reading, api)
  const openStreams = eventRoute(reading, api)
  metricsRoute(reading, { api, openStreams })
  await app.listen({ host, port })
  const address = app.server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${isAnyAddress(host) ? '127.0.0.1' : bracketed(host)}:${boundPort}`,
    publicUrls: publicUrls(host, boundPort),
    close: () => closeWithin(app, CLOSE_MS),
  }
}

/** When the sockets run out, the one on which nothing has been asked for the longest time has to go. */
function makeRoom({ server }: FastifyInstance): void {
  const idle = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    idle.add(socket)
    socket.once('close', () => idle.delete(socket))
    if (idle.size < MAX_IDLE_SOCKETS) return
    const [oldest] = idle
    oldest!.destroy()
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
}

/** Bodies are JSON with exact numbers, whatever the framework would make of them. */
function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer, BODY_LIMITS))
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
      done(new ApiError('bad-request', `the body is not JSON: ${error.message}`))
    }
  })
}

/** A path that is known under another method is answered with 405 and that method. */
function refuseWrongMethods(app: FastifyInstance): void {
  const methodsByPath = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPath.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    methodsByPath.set(url, methods)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const route = [...methodsByPath.keys()].find((pattern) => matches(pattern, path))
    if (route === undefined) {
      const error = new ApiError('not-found', `there is nothing at ${path.slice(0, 200)}`, { hint: 'see /api/status' })
      return reply.code(404).send(errorBody(error))
    }
    const allowed = [...methodsByPath.get(route)!].join(', ')
    const error = new ApiError('method-not-allowed', `${route} takes ${allowed}, not ${request.method}`)
    return reply.code(405).header('allow', allowed).send(errorBody(error))
  })
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const parts = path.split('/')
  return wanted.length === parts.length && wanted.every((part, i) => part.startsWith(':') || part === parts[i])
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function publicUrls(host: string, port: number): string[] {
  if (!isAnyAddress(host)) return /^(127\.|localhost$|::1$)/.test(host) ? [] : [`http://${bracketed(host)}:${port}`]
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && (host === '::' || family === 'IPv4'))
    .map(({ address }) => `http://${bracketed(address)}:${port}`)
}

async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), ms)
  try {
    await app.close()
  } finally {
    clearTimeout(cutOff)
  }
}
