import Fastify, { type FastifyInstance } from 'fastify'
import type { ServedNode } from '../api/node-api.js'
import { localUrl, ownAddresses, publicUrls } from './addresses.js'
import { apiRoutes } from './api-routes.js'
import { MAX_BODY_BYTES, readJsonBodies } from './bodies.js'
import { limitConnections } from './connections.js'
import { docsRoutes } from './docs-routes.js'
import { answerClientError, answerError } from './errors.js'
import { eventRoute } from './event-route.js'
import { guardBrowsers } from './guard.js'
import { guardOperators } from './guard-operators.js'
import { SERVER_LIMITS, type ServerLimits } from './limits.js'
import { refuseOtherMethods } from './methods.js'
import { metricsRoute } from './metrics-route.js'
import { limitRate } from './rate-limit.js'
import { tutorialRoutes } from './tutorial-routes.js'
import { readBySchema, SCHEMA_CONTROLLER } from './validation.js'

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
  /** Names under which it may be asked, besides those that are only this machine's. */
  readonly names?: readonly string[]
  readonly limits?: Partial<ServerLimits>
  readonly onAnswer?: (request: AnsweredRequest) => void
  /** What clients on other machines show for the operator's calls; undefined where these are open to all. */
  readonly operatorToken?: string | undefined
  /** Hears of errors that nobody meant, of which clients are told nothing. */
  readonly onMistake?: (error: unknown) => void
}

/** A node's HTTP server. */
export interface NodeServer {
  /** Where it can be reached from this machine, such as `http://127.0.0.1:5000`. */
  readonly url: string
  /** Where it can be reached from other machines; empty when it only listens to this one. */
  readonly publicUrls: readonly string[]
  /** The addresses, `host:port`, that lead nowhere else. */
  readonly addresses: readonly string[]
  close(): Promise<void>
}

/**
 * Serves a node over HTTP.
 * @throws an error with the code EADDRINUSE, EADDRNOTAVAIL or EACCES where it cannot listen
 */
export async function serveNode(api: ServedNode, options: ServerOptions): Promise<NodeServer> {
  const { host, port, names = [], operatorToken, onAnswer, onMistake = () => {} } = options
  const limits = { ...SERVER_LIMITS, ...options.limits }
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: limits.requestMs,
    exposeHeadRoutes: false,
    // A request without a Host is ours to refuse, and clients that are too slow are looked for every second.
    http: { requireHostHeader: false, connectionsCheckingInterval: 1000 },
    forceCloseConnections: 'idle',
    // Its own answer to those who ask while it closes is none of ours, and a node that is stopping has one.
    return503OnClosing: false,
    schemaController: SCHEMA_CONTROLLER,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, _request, reply) => answerError(error, reply, onMistake),
    clientErrorHandler: answerClientError,
  })
  app.server.headersTimeout = limits.headersMs
  limitConnections(app, limits)
  await limitRate(app, limits)
  guardBrowsers(app, names)
  if (operatorToken !== undefined) guardOperators(app, { token: operatorToken, isLocal: limits.isLocal })
  readJsonBodies(app, api)
  refuseOtherMethods(app)
  if (onAnswer !== undefined) {
    app.addHook('onResponse', (request, reply, done) => {
      onAnswer({ method: request.method, path: request.url, status: reply.statusCode, elapsedMs: reply.elapsedTime })
      done()
    })
  }
  // A line's end behind each answer, as Flask sends it: the next prompt of a terminal stands on a line of its own.
  app.setReplySerializer((answer) => `${JSON.stringify(answer)}\n`)
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, onMistake))
  const reading = readBySchema(app)
  docsRoutes(app, { api, onMistake })
  tutorialRoutes(reading, api)
  apiRoutes(reading, api)
  const openStreams = eventRoute(reading, api)
  metricsRoute(reading, { api, openStreams })
  await app.listen({ host, port })
  const address = app.server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: localUrl(host, boundPort),
    publicUrls: publicUrls(host, boundPort),
    addresses: ownAddresses(host, boundPort),
    close: () => closeWithin(app, CLOSE_MS),
  }
}

async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), ms)
  try {
    await app.close()
  } finally {
    clearTimeout(cutOff)
  }
}
