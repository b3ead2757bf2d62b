import { once } from 'node:events'
import { hostname } from 'node:os'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/api/errors.js'
import type { ServedNode } from '../../src/api/node-api.js'
import type { ServerOptions } from '../../src/http/server.js'
import { StoreDamaged, StoreUnwritable } from '../../src/primitives/errors.js'
import { JsonNumber } from '../../src/primitives/json/value.js'
import { buildChain, chainAnswer, dumps } from '../support/chains.js'
import { answering } from '../support/peer-server.js'
import { call, get, open, parseAnswer, post, readAll, send } from '../support/raw-http.js'
import { expectNoCors, expectRefusal } from '../support/refusals.js'
import { CountingStore } from '../support/stores.js'
import {
  ENDLESS,
  HeldSearcher,
  hashesOf,
  openLevelDb,
  openServed,
  type Served,
  serve,
  TUTORIAL,
  temporaryFolder,
} from '../support/test-node.js'

const JSON_TYPE = /^application\/json(; charset=utf-8)?$/
const HTML_TYPE = 'text/html; charset=utf-8'
const PAYMENT = '{"sender": "a", "recipient": "b", "amount": 5}'

/** Every call that changes something. */
const CHANGING: [method: string, path: string, body?: string][] = [
  ['GET', '/mine'],
  ['POST', '/transactions/new', PAYMENT],
  ['POST', '/nodes/register', '{"nodes": ["127.0.0.1:9"]}'],
  ['GET', '/nodes/resolve'],
  ['POST', '/api/mine'],
  ['POST', '/api/resolve'],
  ['DELETE', '/api/peers/127.0.0.1:9'],
]

describe('the five calls', () => {
  test('GET /mine: 200, "New Block Forged" and four keys of the block', async () => {
    const { port, node } = await openServed({ network: TUTORIAL, identity: 'me' })
    const [genesis] = await hashesOf(node)
    const answer = await get(port, '/mine')
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(JSON_TYPE)
    expect(JSON.parse(answer.text)).toStrictEqual({
      message: 'New Block Forged',
      index: 2,
      transactions: [{ sender: '0', recipient: 'me', amount: 1 }],
      // From proof 100 the article's sequence is the same on every node.
      proof: 35_293,
      previous_hash: genesis,
    })
    expect(JSON.parse((await get(port, '/mine')).text)).toMatchObject({ index: 3, proof: 35_089 })
  })

  test('POST /transactions/new: 201 and the number of the next block', async () => {
    const { port } = await openServed()
    const answer = await post(port, '/transactions/new', PAYMENT)
    expect(answer.status).toBe(201)
    expect(answer.headers['content-type']).toMatch(JSON_TYPE)
    expect(JSON.parse(answer.text)).toStrictEqual({ message: 'Transaction will be added to Block 2' })
    await get(port, '/mine')
    const next = await post(port, '/transactions/new', PAYMENT)
    expect(JSON.parse(next.text)).toStrictEqual({ message: 'Transaction will be added to Block 3' })
  })

  test('POST /transactions/new: fields beyond the three are left out, as in Python', async () => {
    const { port } = await openServed()
    const body = '{"sender": "a", "recipient": "b", "amount": 5, "note": "hello", "__proto__": {"amount": 6}}'
    expect((await post(port, '/transactions/new', body)).status).toBe(201)
    const { text } = await get(port, '/api/pending')
    expect(text).toBe('{"total": 1, "transactions": [{"amount": 5, "recipient": "b", "sender": "a"}]}\n')
  })

  test.each([
    '{}',
    'null',
    '{"sender": "a", "recipient": "b"}',
    '{"sender": "a", "amount": 1}',
    '{"recipient": "b", "amount": 1}',
  ])('POST /transactions/new %s: 400 and the text "Missing values"', async (body) => {
    const { port } = await openServed()
    const answer = await post(port, '/transactions/new', body)
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toBe(HTML_TYPE)
    expect(answer.text).toBe('Missing values')
  })

  test('GET /chain: 200, the blocks and their number', async () => {
    const { port, node } = await openServed({ identity: 'me' })
    await post(port, '/transactions/new', PAYMENT)
    await get(port, '/mine')
    const answer = await get(port, '/chain')
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(JSON_TYPE)
    const { chain, ...rest } = JSON.parse(answer.text)
    expect(rest).toStrictEqual({ length: 2 })
    expect(chain).toStrictEqual([
      { index: 1, timestamp: expect.any(Number), transactions: [], proof: 100, previous_hash: 1 },
      {
        index: 2,
        timestamp: expect.any(Number),
        transactions: [
          { sender: 'a', recipient: 'b', amount: 5 },
          { sender: '0', recipient: 'me', amount: 1 },
        ],
        proof: expect.any(Number),
        previous_hash: (await hashesOf(node))[0],
      },
    ])
  })

  test('POST /nodes/register: 201 and all nodes as host:port', async () => {
    const { port } = await openServed()
    const answer = await post(port, '/nodes/register', '{"nodes": ["http://192.168.0.5:5000"]}')
    expect(answer.status).toBe(201)
    expect(answer.headers['content-type']).toMatch(JSON_TYPE)
    expect(JSON.parse(answer.text)).toStrictEqual({
      message: 'New nodes have been added',
      total_nodes: ['192.168.0.5:5000'],
    })
    const more = await post(port, '/nodes/register', '{"nodes": ["192.168.0.6:5000", "192.168.0.5:5000"]}')
    expect(JSON.parse(more.text).total_nodes).toStrictEqual(['192.168.0.5:5000', '192.168.0.6:5000'])
    expect((await post(port, '/nodes/register', '{"nodes": []}')).status).toBe(201)
  })

  test.each(['{}', 'null', '[]', '{"nodes": null}', '{"nodes": "http://127.0.0.1:1"}', '{"nodes": [5]}'])(
    'POST /nodes/register %s: 400 and the text "Error: Please supply a valid list of nodes"',
    async (body) => {
      const { port } = await openServed()
      const answer = await post(port, '/nodes/register', body)
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toBe(HTML_TYPE)
      expect(answer.text).toBe('Error: Please supply a valid list of nodes')
    },
  )

  test('GET /nodes/resolve: 200, "Our chain is authoritative" and our chain', async () => {
    const { port } = await openServed()
    const answer = await get(port, '/nodes/resolve')
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(JSON_TYPE)
    const { chain } = JSON.parse((await get(port, '/chain')).text)
    expect(JSON.parse(answer.text)).toStrictEqual({ message: 'Our chain is authoritative', chain })
  })

  test('GET /nodes/resolve: 200, "Our chain was replaced" and the new chain', async () => {
    const { port, node } = await openServed()
    const chain = buildChain({ length: 3, zeros: 2 })
    await node.addPeers([await answering(chainAnswer(chain))])
    const answer = await get(port, '/nodes/resolve')
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toStrictEqual({ message: 'Our chain was replaced', new_chain: chain })
  })
})

describe('numbers', () => {
  test.each([
    ['5', '5'],
    ['5.0', '5.0'],
    ['1e2', '100.0'],
    ['1E+2', '100.0'],
    ['12345678901234567890', '12345678901234567890'],
    ['0.00001', '1e-05'],
    ['0.1', '0.1'],
    ['1e16', '1e+16'],
    ['9007199254740993', '9007199254740993'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
  ])('%s is pending, mined and shown as Python shows it: %s', async (sent, shown) => {
    const { port } = await openServed()
    const body = `{"sender": "a", "recipient": "b", "amount": ${sent}}`
    expect((await post(port, '/transactions/new', body)).status).toBe(201)
    const transaction = `{"amount": ${shown}, "recipient": "b", "sender": "a"}`
    expect((await get(port, '/api/pending')).text).toContain(transaction)
    expect((await get(port, '/mine')).text).toContain(transaction)
    expect((await get(port, '/chain')).text).toContain(transaction)
    expect((await get(port, '/api/blocks')).text).toContain(transaction)
  })

  test('of equal keys the last wins', async () => {
    const { port } = await openServed()
    await post(port, '/transactions/new', '{"amount": 1, "sender": "a", "recipient": "b", "amount": 2}')
    expect((await get(port, '/api/pending')).text).toContain('"amount": 2')
  })
})

describe('what our own pool refuses', () => {
  test.each(['"5"', 'true', '[7]', 'null', '{}', '-0', '-0.0', '0', '0.0', '0e9', '1e-400', '-1', '-0.5', '""'])(
    'bad-amount: %s',
    async (amount) => {
      const { port } = await openServed()
      const body = `{"sender": "a", "recipient": "b", "amount": ${amount}}`
      expectRefusal(await post(port, '/transactions/new', body), 400, 'bad-amount', /amount/)
      expect((await get(port, '/api/pending')).text).toContain('"total": 0')
    },
  )

  test.each(['1e400', 'NaN', 'Infinity', '-Infinity', '01', '.5', '5.', '0x5', '+5', '1_000', '9'.repeat(4301)])(
    'bad-request: %.20s is no JSON that every node reads',
    async (amount) => {
      const { port } = await openServed()
      const body = `{"sender": "a", "recipient": "b", "amount": ${amount}}`
      expectRefusal(await post(port, '/transactions/new', body), 400, 'bad-request')
    },
  )

  test.each([
    ['sender', '"0"'],
    ['sender', '""'],
    ['sender', '5'],
    ['sender', 'null'],
    ['sender', '["a"]'],
    ['recipient', '""'],
    ['recipient', '{}'],
    ['recipient', 'true'],
  ])('bad-address: %s %s', async (field, value) => {
    const { port } = await openServed()
    const other = field === 'sender' ? 'recipient' : 'sender'
    const body = `{"${field}": ${value}, "${other}": "b", "amount": 1}`
    expectRefusal(await post(port, '/transactions/new', body), 400, 'bad-address', new RegExp(field))
  })

  test.each(['[]', '5', '"text"', 'true', '[{"sender": "a", "recipient": "b", "amount": 1}]'])(
    'bad-format: %s is no transaction',
    async (body) => {
      const { port } = await openServed()
      expectRefusal(await post(port, '/transactions/new', body), 400, 'bad-format')
    },
  )
})

describe('methods', () => {
  test.each([
    ['HEAD', '/mine', 'GET'],
    ['HEAD', '/%6dine', 'GET'],
    ['POST', '/mine', 'GET'],
    ['OPTIONS', '/mine', 'GET'],
    ['GET', '/transactions/new', 'POST'],
    ['PUT', '/transactions/new', 'POST'],
    ['HEAD', '/chain', 'GET'],
    ['DELETE', '/chain', 'GET'],
    ['GET', '/nodes/register', 'POST'],
    ['HEAD', '/nodes/resolve', 'GET'],
    ['POST', '/nodes/resolve', 'GET'],
    ['GET', '/api/mine', 'POST'],
    ['HEAD', '/api/mine', 'POST'],
    ['GET', '/api/peers/127.0.0.1:9', 'DELETE'],
  ])('%s %s: 405, Allow: %s, and nothing is done', async (method, path, allow) => {
    const { port, node } = await openServed()
    const answer = await call(port, method, path)
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe(allow)
    if (method === 'HEAD') expect(answer.text).toBe('')
    else expectRefusal(answer, 405, 'method-not-allowed')
    expect(await node.status()).toMatchObject({ length: 1, pending: 0, mining: null })
  })

  test.each([
    [
      '/transactions/new',
      `curl -X POST -H 'Content-Type: application/json' -d '{"sender":"alice","recipient":"bob","amount":5}' http://`,
    ],
    [
      '/nodes/register',
      `curl -X POST -H 'Content-Type: application/json' -d '{"nodes":["http://192.168.0.5:5000"]}' http://`,
    ],
    ['/api/mine', 'curl -X POST http://'],
    ['/api/peers/a:1', 'curl -X DELETE http://'],
  ])('GET %s: the command that would do it is named', async (path, command) => {
    const { port } = await openServed()
    const { hint } = JSON.parse((await get(port, path)).text).error
    expect(hint).toBe(`${command}127.0.0.1:${port}${path}`)
  })

  test.each(['/', '/favicon.ico', '/mine/', '/api', '/chain/1', '/../chain', '/%00'])('404: %s', async (path) => {
    const { port } = await openServed()
    expectRefusal(await get(port, path), 404, 'not-found')
  })
})

describe('bodies', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
    'json',
    '',
    'application/json; charset=utf-16',
    'application/json;charset="ISO-8859-1"',
    'application/json; version=1; CHARSET=windows-1252',
  ])('415: Content-Type %j', async (type) => {
    const { port } = await openServed()
    for (const path of ['/transactions/new', '/nodes/register']) {
      const answer = await call(port, 'POST', path, { headers: { 'Content-Type': type }, body: PAYMENT })
      expectRefusal(answer, 415, 'unsupported-media-type')
    }
    expect((await get(port, '/api/pending')).text).toContain('"total": 0')
  })

  test('415: no Content-Type at all', async () => {
    const { port } = await openServed()
    const answer = await call(port, 'POST', '/transactions/new', { body: PAYMENT })
    expectRefusal(answer, 415, 'unsupported-media-type')
  })

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
    'application/json; charset="utf-8"; version=1',
  ])('Content-Type %s is JSON', async (type) => {
    const { port } = await openServed()
    const answer = await call(port, 'POST', '/transactions/new', { headers: { 'Content-Type': type }, body: PAYMENT })
    expect(answer.status).toBe(201)
  })

  test.each(['gzip', 'br', 'deflate', 'x-gzip', 'zstd', 'identity, gzip'])(
    '415: Content-Encoding %s',
    async (encoding) => {
      const { port } = await openServed()
      const answer = await post(port, '/transactions/new', gzipSync(PAYMENT), { 'Content-Encoding': encoding })
      expectRefusal(answer, 415, 'unsupported-media-type', /compressed/)
      expect((await post(port, '/transactions/new', PAYMENT, { 'Content-Encoding': 'identity' })).status).toBe(201)
    },
  )

  test('too-large: 1 MiB is read, one byte more is 413', async () => {
    const { port } = await openServed()
    const body = PAYMENT + ' '.repeat(1_048_576 - PAYMENT.length)
    expect((await post(port, '/transactions/new', body)).status).toBe(201)
    // Refused by its length alone: the body need not come.
    const head = `POST /transactions/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n`
    expectRefusal(await send(port, `${head}Content-Length: 1048577\r\n\r\n`), 413, 'too-large')
    // And without a length by what comes.
    const chunk = `${(1_048_577).toString(16)}\r\n${body} \r\n0\r\n\r\n`
    expectRefusal(await send(port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`), 413, 'too-large')
    expect((await get(port, '/api/pending')).text).toContain('"total": 1')
  })

  test('too-large: a body within 1 MiB whose transaction is printed with more', async () => {
    const { port, node } = await openServed()
    // Each é is two bytes in UTF-8 and six as Python prints it; DEL is one byte, which JSON allows as it is, and six.
    for (const text of ['é'.repeat(200_000), '\u007f'.repeat(1_048_000)]) {
      const body = `{"sender": "${text}", "recipient": "b", "amount": 1}`
      expectRefusal(await post(port, '/transactions/new', body), 413, 'too-large', /at most 1048576 bytes \(got \d+\)$/)
    }
    expect((await node.status()).pending).toBe(0)
  })

  test('depth 32 is read, depth 33 is 400', async () => {
    const { port } = await openServed()
    const nested = (depth: number): string =>
      `{"sender": "a", "recipient": "b", "amount": 1, "x": ${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect((await post(port, '/transactions/new', nested(32))).status).toBe(201)
    expectRefusal(await post(port, '/transactions/new', nested(33)), 400, 'bad-request', /32 levels/)
    expectRefusal(await post(port, '/nodes/register', `{"nodes": ${'['.repeat(500_000)}`), 400, 'bad-request')
  })

  test.each([
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"sender": "'), Buffer.of(0xff), Buffer.from('"}')])],
    ['an overlong "/"', Buffer.concat([Buffer.from('{"sender": "'), Buffer.of(0xc0, 0xaf), Buffer.from('"}')])],
    [
      'a surrogate in UTF-8',
      Buffer.concat([Buffer.from('{"sender": "'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
    ],
    ['a byte order mark', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(PAYMENT)])],
    ['UTF-16', Buffer.from(PAYMENT, 'utf16le')],
    ['nothing', Buffer.of()],
    ['half an object', Buffer.from('{"sender": "a"')],
    ['two objects', Buffer.from(`${PAYMENT}${PAYMENT}`)],
    ['single quotes', Buffer.from("{'sender': 'a'}")],
    ['a line break in a text', Buffer.from('{"sender": "a\n"}')],
  ])('bad-request: %s', async (_what, body) => {
    const { port } = await openServed()
    for (const path of ['/transactions/new', '/nodes/register']) {
      expectRefusal(await post(port, path, body), 400, 'bad-request')
    }
  })
})

describe('calls that take no body', () => {
  const NO_BODY = [
    ['POST', '/api/mine'],
    ['POST', '/api/resolve'],
    ['DELETE', '/api/peers/127.0.0.1:9'],
  ] as const
  const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const JSON_BODY = { 'Content-Type': 'application/json' }

  test.each<[what: string, headers: Record<string, string>, body: string]>([
    ['a field', JSON_BODY, '{"count": 3}'],
    ['a field that curl declares to be a form', FORM, '{"count": 3}'],
    ['a form', FORM, 'count=3'],
    ['no object', JSON_BODY, '[]'],
    ['no JSON', JSON_BODY, '{'],
    ['an undeclared one', {}, 'x'],
    ['an empty object and more', JSON_BODY, '{}{}'],
  ])('bad-request: %s is refused, the command without it is named, and nothing is done', async (_, headers, body) => {
    const { port, node } = await openServed()
    await node.addPeers(['127.0.0.1:9'])
    for (const [method, path] of NO_BODY) {
      const answer = await call(port, method, path, { headers, body })
      expectRefusal(answer, 400, 'bad-request', /^this call takes no body$/)
      expect(JSON.parse(answer.text).error.hint).toBe(`leave it out: curl -X ${method} http://127.0.0.1:${port}${path}`)
    }
    expect(await node.status()).toMatchObject({ length: 1, peers: 1 })
  })

  test.each<[headers: Record<string, string>, body: string | undefined]>([
    [{}, undefined],
    [{}, ''],
    [JSON_BODY, ''],
    [JSON_BODY, '{}'],
    [JSON_BODY, ' {\n}\n'],
    [FORM, '{}'],
    [FORM, ''],
    [{}, '{}'],
  ])('%j with %j: nothing is in it, and it is done', async (headers, body) => {
    const { port, node } = await openServed()
    await node.addPeers(['127.0.0.1:9'])
    for (const [method, path] of NO_BODY) {
      expect((await call(port, method, path, { headers, ...(body !== undefined && { body }) })).status).toBe(200)
    }
    expect(await node.status()).toMatchObject({ length: 2, peers: 0 })
  })
})

describe('browsers', () => {
  const foreign: [string, Record<string, string>][] = [
    ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'Sec-Fetch-Site': 'same-site' }],
    ['a foreign Origin', { Origin: 'http://evil.example' }],
    ['Origin: null', { Origin: 'null' }],
    ['the Origin of another port', { Origin: 'http://127.0.0.1:1' }],
    ['a foreign Referer', { Referer: 'http://evil.example/page' }],
    ['a Referer that is no URL', { Referer: 'evil' }],
    ['a foreign Origin behind Sec-Fetch-Site: none', { 'Sec-Fetch-Site': 'none', Origin: 'http://evil.example' }],
  ]
  test.each(foreign)('%s: 403 on every call that changes something', async (_what, headers) => {
    const { port, node } = await openServed()
    await node.addPeers(['127.0.0.1:9'])
    for (const [method, path, body] of CHANGING) {
      const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
      const answer = await call(port, method, path, { headers: { ...headers, ...type }, ...(body && { body }) })
      expectRefusal(answer, 403, 'forbidden')
      expect(JSON.parse(answer.text).error.hint).toContain('/docs')
    }
    expect(await node.status()).toMatchObject({ length: 1, pending: 0, peers: 1 })
    // What only reads is answered: without CORS headers the page does not see it.
    for (const path of ['/chain', '/api/status', '/api/blocks']) {
      const answer = await get(port, path, headers)
      expect(answer.status).toBe(200)
      expectNoCors(answer)
    }
  })

  test('our own page, a typed address and programs: answered', async () => {
    const { port } = await openServed()
    const allowed = [
      {},
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: `http://127.0.0.1:${port}` },
      { Referer: `http://127.0.0.1:${port}/some/page?q` },
      { 'User-Agent': 'python-requests/2.31.0', Accept: '*/*' },
    ]
    for (const headers of allowed) expect((await get(port, '/mine', headers)).status).toBe(200)
  })

  test('403 under a name that is not this machine, whatever is asked (DNS rebinding)', async () => {
    const { port, node } = await openServed()
    const names = [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      'localhost.evil.example',
      'evillocalhost',
      'local',
      'a b',
      '',
    ]
    for (const Host of names) {
      for (const path of ['/mine', '/chain', '/api/status', '/nowhere']) {
        expectRefusal(await get(port, path, { Host }), 403, 'forbidden')
      }
    }
    expect((await node.status()).length).toBe(1)
  })

  test('no Host in HTTP/1.0, as no browser asks: answered, but for another site', async () => {
    const { port, node } = await openServed()
    for (const path of ['/chain', '/mine', '/docs']) {
      expect((await send(port, `GET ${path} HTTP/1.0\r\n\r\n`)).status).toBe(200)
    }
    for (const header of ['Origin: http://evil.example', 'Origin: http://undefined', 'Sec-Fetch-Site: cross-site']) {
      expectRefusal(await send(port, `GET /mine HTTP/1.0\r\n${header}\r\n\r\n`), 403, 'forbidden')
    }
    expectRefusal(await send(port, 'GET /mine HTTP/1.0\r\nHost: evil.example\r\n\r\n'), 403, 'forbidden')
    expect((await node.status()).length).toBe(2)
    // A hint has an address all the same.
    const lost = await send(port, 'GET /nowhere HTTP/1.0\r\n\r\n')
    expectRefusal(lost, 404, 'not-found')
    expect(JSON.parse(lost.text).error.hint).toBe(
      `http://127.0.0.1:${port}/docs shows all calls; the tutorial's begin with curl http://127.0.0.1:${port}/chain`,
    )
  })

  test('bad-request: a number that no float holds is JSON, and is said to be too large', async () => {
    const { port } = await openServed()
    const answer = await post(port, '/transactions/new', '{"sender": "a", "recipient": "b", "amount": 1e999}')
    expectRefusal(answer, 400, 'bad-request', /^the body cannot be read as JSON: 1e999 is too large for a float/)
    expect(JSON.parse(answer.text).error.hint).toMatch(
      /^such as: curl -X POST -H 'Content-Type: application\/json' -d '\{"sender":.*\}' http:\/\/127\.0\.0\.1:\d+\/transactions\/new$/,
    )
  })

  test("answers under an IP address, localhost, *.local and the machine's name", async () => {
    const { port } = await openServed()
    const names = [
      '127.0.0.1',
      `192.168.0.5:${port}`,
      '[::1]:5000',
      'localhost',
      `LOCALHOST:${port}`,
      'pi.local',
      hostname(),
    ]
    for (const Host of names) expect((await get(port, '/chain', { Host })).status).toBe(200)
  })

  test('answers under the names that it was given, and no others', async () => {
    const { port } = await openServed({ server: { names: ['node.example', 'xn--bcher-kva.example'] } })
    for (const Host of ['node.example', `NODE.example:${port}`, 'xn--bcher-kva.example', 'localhost']) {
      expect((await get(port, '/mine', { Host })).status).toBe(200)
    }
    for (const Host of ['example', 'a.node.example', 'node.example.evil', 'node.example.', 'bucher.example']) {
      expectRefusal(await get(port, '/mine', { Host }), 403, 'forbidden', /not known under that name/)
    }
    // Their pages are its own, and no others.
    const page = (Origin: string) => get(port, '/mine', { Host: 'node.example', Origin })
    expect((await page('http://node.example')).status).toBe(200)
    expectRefusal(await page('http://xn--bcher-kva.example'), 403, 'forbidden')
  })

  test('a path written in another way is guarded as it is', async () => {
    const { port, node } = await openServed()
    for (const path of ['/%6dine', '/%6Dine?/api/', 'http://127.0.0.1/mine', '/mine?', '/mine#', '/nodes%2fresolve']) {
      const answer = await get(port, path, { 'Sec-Fetch-Site': 'cross-site' })
      expectRefusal(answer, 403, 'forbidden')
    }
    expect((await node.status()).length).toBe(1)
  })

  test('no CORS headers, also for a preflight', async () => {
    const { port } = await openServed()
    const asking = {
      Origin: 'http://evil.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    }
    for (const [, path] of CHANGING) {
      const preflight = await call(port, 'OPTIONS', path, { headers: asking })
      expect(preflight.status).toBe(403)
      expectNoCors(preflight)
    }
    for (const path of ['/chain', '/mine', '/nodes/resolve', '/api/status', '/nowhere'])
      expectNoCors(await get(port, path))
    expectNoCors(await post(port, '/transactions/new', PAYMENT))
  })
})

describe('parameters', () => {
  test.each([
    ['/api/blocks?from=0', 'from', 'such as 1'],
    ['/api/blocks?from=-1', 'from'],
    ['/api/blocks?from=1.5', 'from'],
    ['/api/blocks?from=1e3', 'from'],
    ['/api/blocks?from=99999999999', 'from'],
    ['/api/blocks?from=1&from=2', 'from'],
    ['/api/blocks?limit=0', 'limit'],
    ['/api/blocks?limit=1001', 'limit'],
    ['/api/pending?limit=1001', 'limit'],
    ['/api/pending?limit=', 'limit'],
    ['/api/balance', 'address'],
    ['/api/balance?address=', 'address'],
    ['/api/history?address=bob&before=3', 'before', 'such as 3.0'],
    ['/api/blocks/x', 'id', 'such as 2'],
  ])('bad-request: %s', async (path, parameter, hint = expect.stringMatching(/^such as \w/)) => {
    const { port } = await openServed()
    const answer = await get(port, path)
    expectRefusal(answer, 400, 'bad-request', new RegExp(`"${parameter}"`))
    expect(JSON.parse(answer.text).error.hint).toEqual(hint)
  })

  test.each([
    ['GET', '/api/blocks?form=3', 'form', 'this call has "from" and "limit"'],
    ['GET', '/api/pending?from=1&limit=5', 'from', 'this call has "limit"'],
    ['GET', '/api/balance?adress=bob', 'adress', 'this call has "address"'],
    ['GET', '/api/status?verbose', 'verbose', 'this call has none'],
    ['GET', '/api/health?x=', 'x', 'this call has none'],
    ['GET', '/api/peers?limit=1', 'limit', 'this call has none'],
    ['DELETE', '/api/peers/localhost:1?x=1', 'x', 'this call has none'],
    ['POST', '/api/mine?count=3', 'count', 'this call has "to"'],
    ['POST', '/api/resolve?peer=1', 'peer', 'this call has none'],
  ])(
    'bad-request: %s %s has a parameter that is not known; what is known is told',
    async (method, path, name, hint) => {
      const { port, node } = await openServed()
      const { status, text } = await call(port, method, path)
      expect({ status, body: JSON.parse(text) }).toEqual({
        status: 400,
        body: { error: { code: 'bad-request', message: `there is no parameter "${name}"`, hint } },
      })
      expect((await node.status()).length).toBe(1)
    },
  )

  test.each(['%ff', '%', '%C3', 'caf%E9', '%zz'])(
    'bad-request: %s is no UTF-8, and is not looked for as it stands',
    async (text) => {
      const { port } = await openServed()
      for (const path of [
        `/api/balance?address=${text}`,
        `/api/history?limit=1&address=${text}`,
        `/api/pending?${text}=1`,
      ]) {
        const answer = await get(port, path)
        expectRefusal(answer, 400, 'bad-request', /percent-encoded UTF-8/)
        expect(JSON.parse(answer.text).error.hint).toContain('%C3%A9')
      }
      expect((await get(port, `/chain?x=${text}`)).status).toBe(200)
    },
  )

  test('what is percent-encoded UTF-8 is read', async () => {
    const { port } = await openServed()
    const { text } = await get(port, '/api/balance?address=caf%C3%A9%25ff')
    expect(JSON.parse(text)).toMatchObject({ address: 'café%ff' })
  })

  test("the tutorial's calls take no notice of any, as Flask's do", async () => {
    const { port } = await openServed()
    for (const path of ['/mine?x=1', '/chain?from=1', '/nodes/resolve?x'])
      expect((await get(port, path)).status).toBe(200)
    expect((await post(port, '/transactions/new?x=1', PAYMENT)).status).toBe(201)
    expect((await post(port, '/nodes/register?x=1', '{"nodes": ["localhost:1"]}')).status).toBe(201)
  })
})

describe('errors', () => {
  test('internal: an error that nobody meant is told without its text, which who serves the node hears', async () => {
    const secret = new Error('ENOENT: /home/alice/secret')
    const heard: unknown[] = []
    const { port } = await serveDouble(
      { status: () => Promise.reject(secret), mine: () => Promise.reject(secret) },
      { onMistake: (error) => heard.push(error) },
    )
    expectRefusal(await get(port, '/api/status'), 500, 'internal')
    expectRefusal(await get(port, '/mine'), 500, 'internal')
    expect((await get(port, '/mine')).text).not.toContain('alice')
    await get(port, '/nothing-here')
    expect(heard).toEqual([secret, secret, secret])
  })

  test.each([
    [507, 'cannot-write', new StoreUnwritable('IO error: /home/alice: No space left on device')],
    [500, 'store-damaged', new StoreDamaged('the checksum of record B 1 is wrong')],
  ])('%i %s', async (status, code, error) => {
    const { port } = await serveDouble({ submitPayment: () => Promise.reject(ApiError.ofFailure(error)) })
    const answer = await post(port, '/transactions/new', PAYMENT)
    expectRefusal(answer, status, code)
    expect(answer.text).not.toContain('alice')
  })

  test('a chain that cannot be read to its end is cut off, so that nobody takes it for whole', async () => {
    async function* chainText(): AsyncGenerator<Uint8Array, number> {
      yield Buffer.from('[{"index": 1}')
      throw new StoreDamaged('block 2 is missing')
    }
    const { port } = await serveDouble({ chainText })
    const socket = await open(port)
    socket.write('GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    const bytes = await readAll(socket)
    expect(bytes.toString()).toContain('[{"index": 1}')
    expect(bytes.toString()).not.toContain('"length"')
    expect(() => parseAnswer(bytes)).toThrow('cut off')
  })

  test('no Host in HTTP/1.1: 400', async () => {
    const { port, node } = await openServed()
    expectRefusal(await send(port, 'GET /mine HTTP/1.1\r\nConnection: close\r\n\r\n'), 400, 'bad-request')
    expect((await node.status()).length).toBe(1)
  })
})

describe('at the same time', () => {
  test('8 parallel GET /mine give 8 consecutive blocks, each on its parent', async () => {
    const { port, node } = await openServed()
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(port, '/mine')))
    const mined = answers.map(({ text }) => JSON.parse(text)).sort((a, b) => a.index - b.index)
    expect(mined.map(({ index }) => index)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    const hashes = await hashesOf(node)
    expect(hashes).toHaveLength(9)
    expect(mined.map(({ previous_hash }) => previous_hash)).toEqual(hashes.slice(0, 8))
  })

  test('100 parallel payments are all pending, and each in one block', async () => {
    const { port, node } = await openServed()
    const bodies = Array.from({ length: 100 }, (_, i) => `{"sender": "a", "recipient": "b", "amount": ${i + 1}}`)
    const mining = [get(port, '/mine'), get(port, '/mine')]
    const answers = await Promise.all(bodies.map((body) => post(port, '/transactions/new', body)))
    await Promise.all([...mining, get(port, '/mine')])
    await get(port, '/mine')
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(201))
    expect((await node.status()).pending).toBe(0)
    const { chain } = JSON.parse((await get(port, '/chain')).text)
    const amounts = chain
      .flatMap(({ transactions }: { transactions: { sender: string; amount: number }[] }) => transactions)
      .filter(({ sender }: { sender: string }) => sender === 'a')
      .map(({ amount }: { amount: number }) => amount)
    expect(amounts.toSorted((a: number, b: number) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  test('the node answers while it mines', async () => {
    const { port, node } = await openServed({ network: ENDLESS })
    const socket = await open(port)
    socket.write('GET /mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await expect.poll(async () => (await node.status()).mining).not.toBeNull()
    expect((await get(port, '/chain')).status).toBe(200)
    expect((await post(port, '/transactions/new', PAYMENT)).status).toBe(201)
    expect(JSON.parse((await get(port, '/api/status')).text).mining).not.toBeNull()
    socket.destroy()
    await expect.poll(async () => (await node.status()).mining).toBeNull()
  })

  test('a client that hangs up while its block is mined ends that search, and the next client has its block', async () => {
    const searcher = new HeldSearcher()
    const { port, node } = await openServed({ searcher })
    const impatient = await open(port)
    impatient.write('GET /mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await expect.poll(() => searcher.jobs.length).toBe(1)
    const patient = get(port, '/mine')
    impatient.destroy()
    await expect.poll(() => searcher.jobs.length).toBe(2)
    searcher.release()
    expect(JSON.parse((await patient).text).index).toBe(2)
    expect((await node.status()).length).toBe(2)
  })

  test('clients that hang up before or in the middle of a chain leave no snapshot of the store open', async () => {
    const store = new CountingStore()
    const { port, node } = await openServed({ store })
    const note = 'x'.repeat(1_000_000)
    for (let i = 0; i < 16; i++) {
      await node.submitPayment({ sender: note, recipient: 'b', amount: JsonNumber.integer(1) })
      await node.mine()
    }
    store.opened = store.closed = 0
    for (let i = 0; i < 10; i++) {
      const hasty = await open(port)
      hasty.write('GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      await expect.poll(() => store.opened).toBe(2 * i + 1)
      hasty.destroy()
      const reader = await open(port)
      reader.write('GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      await once(reader, 'data')
      reader.destroy()
    }
    await expect.poll(() => store.closed).toBe(20)
    expect(store.opened).toBe(20)
  })

  test('GET /chain gives the chain as it was when it began, while a resolve replaces it', async () => {
    const store = await openLevelDb(await temporaryFolder())
    const limits = { firstByteMs: 10_000, answerMs: 20_000, maxBytes: 64 * 1024 * 1024 }
    const { port, node } = await openServed({ store, limits })
    const note = 'x'.repeat(1024 * 1024)
    const payments = (index: number) => (index === 1 ? [] : [{ sender: note, recipient: 'b', amount: index }])
    const before = buildChain({ length: 17, zeros: 2, time: 1, transactions: payments })
    const after = buildChain({ length: 18, zeros: 2, time: 2 })
    await node.addPeers([await answering(chainAnswer(before))])
    expect((await node.resolve()).replaced).toBe(true)

    // More than the buffers of two sockets hold, so the rest is still to be read from the store.
    const socket = await open(port)
    socket.write('GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
    const chunks: Buffer[] = []
    chunks.push((await once(socket, 'data'))[0])
    socket.pause()
    await node.addPeers([await answering(chainAnswer(after))])
    expect(await node.resolve()).toMatchObject({ replaced: true, forkedAt: 0 })
    expect((await get(port, '/chain')).text).toBe(shown(after))

    const rest = readAll(socket)
    socket.resume()
    const old = parseAnswer(Buffer.concat([...chunks, await rest])).text
    // Not toBe: the difference of 16 MB would be printed.
    expect(old === shown(before)).toBe(true)
  })
})

/** Our answer to `GET /chain`, byte for byte. */
function shown(chain: readonly unknown[]): string {
  return `{"chain": [${chain.map(dumps).join(', ')}], "length": ${chain.length}}\n`
}

/** Serves calls that the test made up. */
function serveDouble(api: Partial<ServedNode>, options: Partial<ServerOptions> = {}): Promise<Served> {
  return serve(api as ServedNode, options)
}
