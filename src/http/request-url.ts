import type { FastifyRequest } from 'fastify'
import { localUrl } from './addresses.js'

/** The node's address as the one who asks knows it; where a request names no host, that of its own end of the connection. */
export function originOf({ headers: { host }, socket }: FastifyRequest): string {
  return host === undefined ? localUrl(socket.localAddress ?? '127.0.0.1', socket.localPort ?? 80) : `http://${host}`
}

/** What was asked for, without parameters: for a hint. */
export function urlOf(request: FastifyRequest): string {
  return `${originOf(request)}${pathOf(request)}`
}

export function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]!
}
