import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerError } from '../../../src/http/errors.js'
import { SERVER_LIMITS } from '../../../src/http/limits.js'
import { limitRate } from '../../../src/http/rate-limit.js'

// Time stands still, unless a test has it pass.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** A server with nothing but the limit, asked from any address; `test/functional/clients.test.ts` asks over real sockets. */
async function limited() {
  const app = Fastify()
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, () => {}))
  await limitRate(app, SERVER_LIMITS)
  app.get('/', async () => 'here')
  const ask = async (remoteAddress: string, headers = {}): Promise<number> =>
    (await app.inject({ url: '/', remoteAddress, headers })).statusCode
  return { app, ask }
}

/** Asks once more than an address may in a second. @returns how often it was refused */
async function exhaust(ask: (address: string, headers?: object) => Promise<number>, address: string, headers?: object) {
  const statuses = await Promise.all(Array.from({ length: 51 }, () => ask(address, headers)))
  return statuses.filter((status) => status === 429).length
}

describe('50 requests a second of one address', () => {
  test.each(['192.0.2.7', '10.0.0.1', '::ffff:192.0.2.7', '2001:db8::7', 'fe80::1%eth0', '128.0.0.1', '::2'])(
    '%s is counted',
    async (address) => {
      const { ask } = await limited()
      expect(await exhaust(ask, address)).toBe(1)
      expect(await ask('192.0.2.200')).toBe(200)
    },
  )

  test.each(['127.0.0.1', '127.0.0.53', '::1', '::ffff:127.0.0.1', '::FFFF:127.9.9.9'])(
    '%s is this machine itself, and is not',
    async (address) => {
      const { ask } = await limited()
      expect(await exhaust(ask, address)).toBe(0)
    },
  )

  test.each([
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Real-IP', '127.0.0.1'],
    ['Forwarded', 'for=127.0.0.1'],
    ['X-Client-IP', '::1'],
    ['Host', 'localhost'],
  ])('%s does not make it another one', async (name, value) => {
    const { ask } = await limited()
    expect(await exhaust(ask, '192.0.2.7', { [name]: value })).toBe(1)
    // Nor the loopback one that is counted.
    expect(await exhaust(ask, '127.0.0.1', { [name]: '192.0.2.7' })).toBe(0)
  })

  test('the IPv6 addresses of one /64 are one; those of the next are not', async () => {
    const { ask } = await limited()
    expect(await exhaust(ask, '2001:db8:0:1::1')).toBe(1)
    expect(await ask('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(429)
    expect(await ask('2001:db8:0:2::1')).toBe(200)
  })

  test('the second is over when it is over', async () => {
    const { ask } = await limited()
    await exhaust(ask, '192.0.2.7')
    vi.advanceTimersByTime(999)
    expect(await ask('192.0.2.7')).toBe(429)
    vi.advanceTimersByTime(1)
    expect(await exhaust(ask, '192.0.2.7')).toBe(1)
  })

  test('an IPv4 address is the same in IPv6 form', async () => {
    const { ask } = await limited()
    expect(await exhaust(ask, '192.0.2.7')).toBe(1)
    expect(await ask('::ffff:192.0.2.7')).toBe(429)
    expect(await ask('192.0.2.8')).toBe(200)
  })

  test('429 too-many-requests says when to come again', async () => {
    const { app, ask } = await limited()
    await exhaust(ask, '192.0.2.7')
    const answer = await app.inject({ url: '/nowhere', remoteAddress: '192.0.2.7' })
    expect(answer.statusCode).toBe(429)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json()).toStrictEqual({
      error: {
        code: 'too-many-requests',
        message: 'an address may ask this node 50 times a second',
        hint: 'ask again when the time in Retry-After is over',
      },
    })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-ratelimit'))).toEqual([])
  })
})
