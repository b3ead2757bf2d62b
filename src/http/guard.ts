import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError } from '../api/errors.js'

/** Calls that only read, and that a browser may therefore make on behalf of any page: without CORS headers the page sees nothing. */
const READING = /^\/(chain$|openapi\.json$|metrics$|docs(\/|$)|api\/)/

/**
 * Keeps web pages from using the visitor's browser against a node on his machine. Programs such as curl and Python send
 * none of the headers that are looked at.
 * @param names hosts that the node answers for besides those that are surely its own, as `hostName` writes them
 */
export function guardBrowsers(app: FastifyInstance, names: readonly string[]): void {
  const isKnown = knownHosts(names)
  app.addHook('onRequest', (request, _reply, done) => {
    done(refusal(request, isKnown))
  })
}

function refusal(request: FastifyRequest, isKnown: (host: string) => boolean): ApiError | undefined {
  const { host } = request.headers
  if ((host === undefined && request.raw.httpVersion !== '1.0') || hasTwoHosts(request.raw.rawHeaders)) {
    return new ApiError('bad-request', 'the request does not say for which host it is', {
      hint: 'send one header Host, such as Host: localhost:5000',
    })
  }
  // Every browser says for which host it asks: what does not is a program of the time of HTTP/1.0.
  if (host !== undefined && !isKnown(host)) {
    // A foreign name that leads to this machine: DNS rebinding.
    return new ApiError('forbidden', 'this node is not known under that name', {
      hint: 'use its IP address, localhost or the name of its machine; chain serve --allow-host NAME adds another name',
    })
  }
  if (isForeign(request) && changesSomething(request)) {
    return new ApiError('forbidden', 'another site asked for this in your browser', {
      hint: "if you meant it, do it on this node's own page, /docs, or with chain or curl",
    })
  }
  return undefined
}

/** Names and values in turn, as they came. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

/** Of these the answer is kept: a client names the same host again and again, and parsing a URL costs more than all else here. */
const MAX_KNOWN = 100

/** Whether a node answers under what a `Host` header says. */
function knownHosts(names: readonly string[]): (header: string) => boolean {
  const known = new Set<string>()
  return (header) => {
    if (known.has(header)) return true
    const name = hostName(header)
    if (name === undefined || !(isOurHost(name) || names.includes(name))) return false
    if (known.size === MAX_KNOWN) known.clear()
    known.add(header)
    return true
  }
}

function changesSomething(request: FastifyRequest): boolean {
  // The route, however its path was written.
  const { url } = request.routeOptions
  return request.method !== 'GET' || url === undefined || !READING.test(url)
}

function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return [headers.origin, headers.referer].some((origin) => origin !== undefined && !isSameOrigin(origin, headers.host))
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}

/** The host of a `Host` header, in small letters, without port and brackets; undefined where it is none. */
export function hostName(header: string): string | undefined {
  if (/[@/?#\\]/.test(header) || !URL.canParse(`http://${header}`)) return undefined
  return new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, '')
}

function isOurHost(host: string): boolean {
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.local') || host === hostname().toLowerCase()
}
