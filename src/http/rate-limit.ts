import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../api/errors.js'
import type { ServerLimits } from './limits.js'

const WINDOW_MS = 1000

/**
 * Refuses what an address asks beyond its share of each second. IPv6 addresses are counted by their first 64 bits: whoever has one
 * has all the others of it.
 */
export async function limitRate(
  app: FastifyInstance,
  { requestsPerSecond, isLocal }: Pick<ServerLimits, 'requestsPerSecond' | 'isLocal'>,
): Promise<void> {
  await app.register(rateLimit, { global: false, max: requestsPerSecond, timeWindow: WINDOW_MS, store: RequestCounts })
  // Of what the library would answer only Retry-After is wanted: so it does no more than count.
  const count = app.createRateLimit()
  app.addHook('onRequest', (request, reply, done) => {
    // Looked at before anything asynchronous: when the client is gone, its address is, too.
    const { remoteAddress } = request.socket
    if (remoteAddress === undefined) {
      done(new ApiError('timeout', 'the client hung up'))
      return
    }
    if (isLocal(remoteAddress)) {
      done()
      return
    }
    count(request).then((counted) => {
      if (counted.isAllowed || !counted.isExceeded) {
        done()
        return
      }
      reply.header('retry-after', counted.ttlInSeconds)
      const message = `an address may ask this node ${requestsPerSecond} times a second`
      done(new ApiError('too-many-requests', message, { hint: 'ask again when the time in Retry-After is over' }))
    }, done)
  })
}

/**
 * How often each address has asked since the window began. The library's own store hands out the record that it goes on counting in:
 * of requests that come in together each would be judged by the number of them all.
 */
class RequestCounts implements FastifyRateLimitStore {
  readonly #counts = new Map<string, number>()
  #beginning = Number.NEGATIVE_INFINITY

  incr(key: string, callback: (error: Error | null, result: { current: number; ttl: number }) => void): void {
    const now = performance.now()
    if (now - this.#beginning >= WINDOW_MS) {
      this.#counts.clear()
      this.#beginning = now
    }
    const current = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, current)
    callback(null, { current, ttl: this.#beginning + WINDOW_MS - now })
  }

  child(): FastifyRateLimitStore {
    return this
  }
}
