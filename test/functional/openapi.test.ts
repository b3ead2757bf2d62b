import diagnostics from 'node:diagnostics_channel'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createParser } from 'eventsource-parser'
import type { FastifyInstance } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ApiDescription } from '../support/api-description.js'
import { buildChain, chainAnswer } from '../support/chains.js'
import { answering } from '../support/peer-server.js'
import { call, get, open, post } from '../support/raw-http.js'
import { openServed } from '../support/test-node.js'

const JSON_TYPE = 'application/json'
const PAYMENT = '{"sender": "alice", "recipient": "bob", "amount": 5}'
const UNKNOWN = 'f'.repeat(64)

interface Asked {
  /** As the document names it. */
  readonly operation: string
  readonly status: number
  /** Where it is not the operation's path. */
  readonly path?: string
  readonly body?: string
  /** Of the body. */
  readonly declared?: string
  /** Of the answer. */
  readonly type?: string
}

/** Each call at least once as it is meant, and its refusals; each finds what those before it left. */
const ASKED: readonly Asked[] = [
  { operation: 'GET /api/health', status: 200 },
  { operation: 'GET /api/status', status: 200 },
  { operation: 'POST /transactions/new', status: 201, body: PAYMENT },
  { operation: 'POST /transactions/new', status: 400, body: '{}', type: 'text/html' },
  { operation: 'POST /transactions/new', status: 400, body: '{"sender": "a", "recipient": "b", "amount": -1}' },
  { operation: 'POST /transactions/new', status: 413, body: `"${'a'.repeat(1_048_576)}"` },
  { operation: 'POST /transactions/new', status: 415, body: PAYMENT, declared: 'text/plain' },
  { operation: 'GET /api/pending', status: 200 },
  { operation: 'GET /api/pending', status: 400, path: '/api/pending?limit=-1' },
  { operation: 'GET /mine', status: 200 },
  { operation: 'POST /api/mine', status: 200 },
  { operation: 'GET /chain', status: 200 },
  { operation: 'GET /api/blocks', status: 200 },
  { operation: 'GET /api/blocks', status: 400, path: '/api/blocks?from=0' },
  { operation: 'GET /api/blocks/{id}', status: 200, path: '/api/blocks/2' },
  { operation: 'GET /api/blocks/{id}', status: 400, path: '/api/blocks/first' },
  { operation: 'GET /api/blocks/{id}', status: 404, path: `/api/blocks/${UNKNOWN}` },
  { operation: 'GET /api/transactions/{id}', status: 200, path: '/api/transactions/2.0' },
  { operation: 'GET /api/transactions/{id}', status: 400, path: '/api/transactions/2' },
  { operation: 'GET /api/transactions/{id}', status: 404, path: `/api/transactions/${UNKNOWN}` },
  { operation: 'GET /api/history', status: 200, path: '/api/history?address=alice' },
  { operation: 'GET /api/history', status: 200, path: '/api/history?address=miner&limit=1' },
  { operation: 'GET /api/history', status: 400 },
  { operation: 'GET /api/balance', status: 200, path: '/api/balance?address=alice' },
  { operation: 'GET /api/balance', status: 400, path: '/api/balance?address=' },
  { operation: 'POST /nodes/register', status: 201, body: '{"nodes": ["http://127.0.0.1:1"]}' },
  { operation: 'POST /nodes/register', status: 400, body: '{"nodes": ["https://127.0.0.1"]}' },
  { operation: 'POST /nodes/register', status: 400, body: '{}', type: 'text/html' },
  { operation: 'GET /api/peers', status: 200 },
  { operation: 'GET /nodes/resolve', status: 200 },
  { operation: 'POST /api/resolve', status: 200 },
  { operation: 'GET /api/peers', status: 200 },
  { operation: 'DELETE /api/peers/{address}', status: 200, path: '/api/peers/127.0.0.1:1' },
  { operation: 'DELETE /api/peers/{address}', status: 400, path: '/api/peers/https%3A%2F%2Fnobody' },
  { operation: 'DELETE /api/peers/{address}', status: 404, path: '/api/peers/127.0.0.1:1' },
  { operation: 'GET /api/events', status: 400, path: '/api/events?after=' },
  { operation: 'GET /openapi.json', status: 200 },
  { operation: 'GET /metrics', status: 200, type: 'text/plain' },
]

describe('the document', () => {
  test('is OpenAPI 3.1, as a validator of others finds', async () => {
    const { document } = await describedNode()
    const validator = new Validator()
    expect(await validator.validate({ ...document })).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  test('describes every route of the server but the page itself', async () => {
    const routes = new Set<string>()
    let server: FastifyInstance | undefined
    const listen = (message: unknown): void => {
      // The first is the server, a later one describes it.
      server ??= (message as { fastify: FastifyInstance }).fastify
      if (server === (message as { fastify: FastifyInstance }).fastify) {
        server.addHook('onRoute', ({ method, url }) => void routes.add(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`))
      }
    }
    diagnostics.subscribe('fastify.initialization', listen)
    onTestFinished(() => void diagnostics.unsubscribe('fastify.initialization', listen))
    const { description } = await describedNode()
    expect([...routes].filter((route) => !/^GET \/docs(\/\*)?$/.test(route)).sort()).toEqual(
      [...description.operations.keys()].sort(),
    )
  })

  test('gives each call a summary, a tag that is explained, and an id of its own', async () => {
    const { description } = await describedNode()
    const operations = [...description.operations.values()]
    const tags = description.document.tags.map(({ name }) => name)
    for (const { summary, tags: own } of operations) {
      expect(summary).toMatch(/^[A-Z]/)
      expect(tags).toContain(own[0])
    }
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  })

  test('has examples that are as its schemas say', async () => {
    const { description } = await describedNode()
    const found = examplesIn(description.document)
    expect(found.length).toBeGreaterThan(20)
    for (const { keys, examples } of found) {
      const isValid = description.at(...keys)
      for (const example of examples)
        expect(isValid(example), `${keys.join('/')}: ${JSON.stringify(example)}`).toBe(true)
    }
  })

  test('has an example of each refusal that a call is known for, with its code', async () => {
    const { description } = await describedNode()
    const isValid = description.at('components', 'schemas', 'Error')
    for (const [operation, { responses }] of description.operations) {
      for (const [status, { description: codes, content }] of Object.entries(responses)) {
        if (!/^[45]/.test(status)) continue
        const examples = Object.values(content[JSON_TYPE].examples!).map(({ value }) => value)
        for (const example of examples) expect(isValid(example), `${operation} ${status}`).toBe(true)
        expect(examples.map(({ error }) => error.code).join(', '), `${operation} ${status}`).toBe(codes)
      }
    }
  })
})

describe('answers are what the document says', () => {
  test('of every call, and of its refusals', async () => {
    const { description, port } = await describedNode()
    for (const { operation, status, path, body, declared = JSON_TYPE, type = JSON_TYPE } of ASKED) {
      const [method, pattern] = operation.split(' ')
      const headers = body === undefined ? {} : { 'Content-Type': declared }
      const answer = await call(port, method, path ?? pattern, { headers, ...(body !== undefined && { body }) })
      expect(`${operation} ${answer.status}: ${answer.text}`).toContain(`${operation} ${status}: `)
      expect(answer.headers['content-type']).toContain(type)
      const isValid = description.at(
        'paths',
        pattern,
        method.toLowerCase(),
        'responses',
        String(status),
        'content',
        type,
        'schema',
      )
      const value = type === JSON_TYPE ? JSON.parse(answer.text) : answer.text
      expect(isValid(value), `${operation} ${status}: ${JSON.stringify(isValid.errors)}`).toBe(true)
    }
    const asked = ASKED.filter(({ status }) => status < 300).map(({ operation }) => operation)
    expect([...description.operations.keys()].filter((operation) => !asked.includes(operation))).toEqual([
      // Only where blocks are judged alone, and have headers: see secure-nodes.test.ts.
      'GET /api/mining/template',
      'POST /api/blocks',
      'GET /api/transactions/{id}/proof',
      'GET /api/headers',
      'GET /api/events',
    ])
  })

  test('a field that is not described is a mistake', async () => {
    const { description, port } = await describedNode()
    const isValid = description.at('components', 'schemas', 'Status')
    const status = JSON.parse((await get(port, '/api/status')).text)
    expect(isValid(status)).toBe(true)
    expect(isValid({ ...status, more: 1 })).toBe(false)
  })

  test('every event', async () => {
    const { description, port, url, node } = await describedNode()
    const peer = await answering(chainAnswer(buildChain({ length: 5, zeros: 2 })))
    const isValid = description.at(
      'paths',
      '/api/events',
      'get',
      'responses',
      '200',
      'content',
      'text/event-stream',
      'schema',
    )
    const seen = new Set<string>()
    const missing = (): string[] =>
      ['listening', 'transaction', 'mining', 'block', 'peer', 'chain-replaced', 'peer-answer'].filter(
        (type) => !seen.has(type),
      )
    const happen = async (): Promise<void> => {
      await post(port, '/transactions/new', PAYMENT)
      await node.mine()
      await node.addPeers([peer])
      await node.resolve()
      await node.removePeer(peer)
    }
    let happening: Promise<void> | undefined
    for await (const { event, data } of eventsOf(url)) {
      expect(isValid(JSON.parse(data)), `${data}: ${JSON.stringify(isValid.errors)}`).toBe(true)
      expect(JSON.parse(data).type).toBe(event)
      seen.add(event)
      happening ??= happen()
      if (missing().length === 0) break
    }
    await happening
    for await (const { event, data } of eventsOf(`${url}`, 'unknown-1')) {
      expect(event).toBe('missed')
      expect(isValid(JSON.parse(data))).toBe(true)
      break
    }
  })

  test('too-many-clients: 128 streams of events are kept, one more is refused with 503', async () => {
    const { description, port } = await describedNode()
    const follow = async (): Promise<void> => {
      const socket = await open(port)
      socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      await new Promise((resolve) => socket.once('data', resolve))
    }
    await Promise.all(Array.from({ length: 128 }, follow))
    const { status, text } = await get(port, '/api/events')
    expect(status).toBe(503)
    expect(JSON.parse(text).error.code).toBe('too-many-clients')
    expect(description.operations.get('GET /api/events')!.responses[503]).toMatchObject({
      description: 'too-many-clients',
    })
  })

  test('an error has one of the codes that are listed', async () => {
    const { description, port } = await describedNode()
    const isValid = description.at('components', 'schemas', 'Error')
    const refusal = JSON.parse((await get(port, '/nothing')).text)
    expect(isValid(refusal)).toBe(true)
    expect(isValid({ error: { ...refusal.error, code: 'another' } })).toBe(false)
  })
})

describe('requests are taken as the document says', () => {
  test('parameters that are numbers, up to their limits and not beyond; required ones not without', async () => {
    const { description, port } = await describedNode()
    const usual: Record<string, string> = { address: 'alice' }
    let checked = 0
    for (const [operation, { parameters = [] }] of description.operations) {
      // Blocks of this network have none.
      if (operation === 'GET /api/headers') continue
      const path = operation.split(' ')[1]
      const required = parameters.filter((each) => each.in === 'query' && each.required)
      const ask = async (changed: Record<string, string | number | undefined>): Promise<number> => {
        const query = Object.entries({
          ...Object.fromEntries(required.map(({ name }) => [name, usual[name]])),
          ...changed,
        })
        const given = query.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`)
        return (await get(port, `${path}?${given.join('&')}`)).status
      }
      for (const { name, schema } of parameters.filter((each) => each.schema.type === 'integer')) {
        const { minimum, maximum } = schema
        expect(await ask({ [name]: minimum }), `${path} ${name}`).toBe(200)
        expect(await ask({ [name]: maximum }), `${path} ${name}`).toBe(200)
        expect(await ask({ [name]: minimum! - 1 }), `${path} ${name}`).toBe(400)
        expect(await ask({ [name]: maximum! + 1 }), `${path} ${name}`).toBe(400)
        expect(await ask({ [name]: `${minimum}.5` }), `${path} ${name}`).toBe(400)
        checked++
      }
      for (const { name } of required) {
        expect(await ask({ [name]: undefined }), `${path} ${name}`).toBe(400)
        checked++
      }
    }
    expect(checked).toBeGreaterThanOrEqual(6)
  })

  test.each([
    PAYMENT,
    '{"sender": "alice", "recipient": "bob", "amount": 0.5, "note": "hello"}',
    '{"sender": "", "recipient": "bob", "amount": 5}',
    '{"sender": "alice", "recipient": "", "amount": 5}',
    '{"sender": "alice", "recipient": "bob", "amount": 0}',
    '{"sender": "alice", "recipient": "bob", "amount": "5"}',
    '{"sender": "alice", "recipient": "bob", "amount": null}',
    '{"sender": 7, "recipient": "bob", "amount": 5}',
    '{"recipient": "bob", "amount": 5}',
    '[]',
  ])('a payment: %s', async (body) => {
    const { description, port } = await describedNode()
    const isValid = description.at('paths', '/transactions/new', 'post', 'requestBody', 'content', JSON_TYPE, 'schema')
    const { status } = await post(port, '/transactions/new', body)
    expect(status === 201).toBe(isValid(JSON.parse(body)))
  })

  test.each([
    '{"nodes": ["127.0.0.1:1"]}',
    '{"nodes": []}',
    '{"nodes": "127.0.0.1:1"}',
    '{"nodes": [1]}',
    '{}',
    'null',
  ])('nodes to register: %s', async (body) => {
    const { description, port } = await describedNode()
    const isValid = description.at('paths', '/nodes/register', 'post', 'requestBody', 'content', JSON_TYPE, 'schema')
    const { status } = await post(port, '/nodes/register', body)
    expect(status === 201).toBe(isValid(JSON.parse(body)))
  })
})

async function describedNode() {
  const served = await openServed()
  const description = await ApiDescription.of(served.port)
  return { ...served, description, document: description.document }
}

/** Every `examples` of a schema in the document, with the way to that schema. */
function examplesIn(value: unknown, keys: readonly string[] = []): { keys: readonly string[]; examples: unknown[] }[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([key, member]) => examplesIn(member, [...keys, key]))
  const examples = 'examples' in value && Array.isArray(value.examples) ? value.examples : undefined
  return examples === undefined || keys.at(-2) === 'examples' ? inside : [...inside, { keys, examples }]
}

async function* eventsOf(url: string, after?: string): AsyncGenerator<{ event: string; data: string }> {
  const leaving = new AbortController()
  const query = after === undefined ? '' : `?after=${after}`
  const answer = await fetch(`${url}/api/events${query}`, { signal: leaving.signal })
  const events: { event: string; data: string }[] = []
  const parser = createParser({ onEvent: ({ event, data }) => void events.push({ event: event!, data }) })
  try {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      parser.feed(chunk)
      yield* events.splice(0)
    }
  } finally {
    leaving.abort()
  }
}
