import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { open, parseAnswer, readAll, send } from '../support/raw-http.js'
import { expectRefusal } from '../support/refusals.js'
import { openServed } from '../support/test-node.js'

/** What is no proper request is refused in our words alone, changes nothing, and ends neither the node nor its answers to others. */

const HOST = 'Host: 127.0.0.1\r\n'
const CLOSE = 'Connection: close\r\n'
const PAYMENT = '{"sender": "a", "recipient": "b", "amount": 5}'
const POST = `POST /transactions/new HTTP/1.1\r\n${HOST}${CLOSE}Content-Type: application/json\r\n`
const LENGTH = `Content-Length: ${PAYMENT.length}\r\n`

/** Words of Node, V8, the framework and the libraries, stack lines, and paths. */
const FOREIGN =
  /\\n *at |node_modules|node:\w|file:\/\/|\.[jt]s\b|Error\b|FST_|HPE_|ERR_|Unexpected (token|end)|in JSON at|Cannot |undefined|\[object|\/(home|tmp|root|usr|src|dist)\b/

const table: [what: string, request: string | Buffer, status: number, code: string][] = [
  ['no HTTP', 'hello\r\n\r\n', 400, 'bad-request'],
  ['TLS', Buffer.from('160301020001000001fc0303', 'hex'), 400, 'bad-request'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad-request'],
  ['HTTP/0.9', 'GET /mine\r\n\r\n', 400, 'bad-request'],
  ['HTTP/9.9', `GET /mine HTTP/9.9\r\n${HOST}\r\n`, 400, 'bad-request'],
  ['lines that end in a line feed alone', 'GET /mine HTTP/1.1\nHost: 127.0.0.1\n\n', 400, 'bad-request'],
  ['a NUL in a header', `GET /mine HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 400, 'bad-request'],
  ['a header without a colon', `GET /mine HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`, 400, 'bad-request'],
  ['a space before a colon', `${POST}Content-Length : 2\r\n\r\n{}`, 400, 'bad-request'],
  ['headers without end', `GET /mine HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'too-large'],
  ['a path without end', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'too-large'],
  ['a path that is none', `GET /%zz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 400, 'bad-request'],
  [
    'an address that is too long',
    `DELETE /api/peers/${'x'.repeat(600)} HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
    400,
    'bad-request',
  ],
  ['an unknown expectation', `${POST}Expect: miracles\r\n${LENGTH}\r\n${PAYMENT}`, 417, 'bad-request'],
  ['two hosts', `GET /mine HTTP/1.1\r\n${HOST}Host: evil.example\r\n${CLOSE}\r\n`, 400, 'bad-request'],
  ['an asterisk', `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404, 'not-found'],
  // Two readers of one connection may not disagree about where a request ends (request smuggling).
  ['two lengths', `${POST}Content-Length: 2\r\n${LENGTH}\r\n${PAYMENT}`, 400, 'bad-request'],
  ['one length twice', `${POST}${LENGTH}${LENGTH}\r\n${PAYMENT}`, 400, 'bad-request'],
  ['a list of lengths', `${POST}Content-Length: 46, 46\r\n\r\n${PAYMENT}`, 400, 'bad-request'],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n${PAYMENT}`, 400, 'bad-request'],
  ['a length with a sign', `${POST}Content-Length: +46\r\n\r\n${PAYMENT}`, 400, 'bad-request'],
  ['a length in hex', `${POST}Content-Length: 0x2e\r\n\r\n${PAYMENT}`, 400, 'bad-request'],
  ['a length beyond all numbers', `${POST}Content-Length: ${'9'.repeat(40)}\r\n\r\n`, 400, 'bad-request'],
  ['a length and chunks', `${POST}${LENGTH}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'bad-request'],
  ['chunks and a length', `${POST}Transfer-Encoding: chunked\r\n${LENGTH}\r\n0\r\n\r\n`, 400, 'bad-request'],
  [
    'chunks that are not the last coding',
    `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    400,
    'bad-request',
  ],
  ['an unknown coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400, 'bad-request'],
  [
    'a coding before the chunks',
    `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    415,
    'unsupported-media-type',
  ],
  ['a folded header', `GET /mine HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400, 'bad-request'],
  ['a folded coding', `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400, 'bad-request'],
  ['a chunk whose size is no number', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, 'bad-request'],
  ['a chunk beyond all numbers', `${POST}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(20)}\r\n`, 400, 'bad-request'],
  ['a chunk without its end', `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n`, 400, 'bad-request'],
  [
    'words behind the size of a chunk, without end',
    `${POST}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}`,
    400,
    'bad-request',
  ],
  ['UTF-16', `${POST.replace('json', 'json; charset=utf-16')}${LENGTH}\r\n${PAYMENT}`, 415, 'unsupported-media-type'],
  ['a compressed body', `${POST}Content-Encoding: gzip\r\n${LENGTH}\r\n${PAYMENT}`, 415, 'unsupported-media-type'],
  [
    'a type that is none',
    `${POST.replace('application/json', ';')}${LENGTH}\r\n${PAYMENT}`,
    415,
    'unsupported-media-type',
  ],
  ['HTML', `${POST}Content-Length: 6\r\n\r\n<html>`, 400, 'bad-request'],
  [
    'a key of the language',
    `${POST}Content-Length: 40\r\n\r\n{"__proto__": {"sender": "a"}, "a": "b" `,
    400,
    'bad-request',
  ],
]

describe('broken requests', () => {
  test.each(table)('%s: an error of ours', async (_what, request, status, code) => {
    const { port, node } = await openServed()
    const answer = await send(port, request)
    expectRefusal(answer, status, code)
    expect(answer.text).not.toMatch(FOREIGN)
    expect(await node.status()).toMatchObject({ length: 1, pending: 0, mining: null })
  })

  test('a tunnel is not dug: the connection is closed', async () => {
    const { port } = await openServed()
    const socket = await open(port)
    socket.write(`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\nSSH-2.0-x\r\n`)
    expect((await readAll(socket)).toString()).toBe('')
    expect((await send(port, `GET /api/health HTTP/1.1\r\n${HOST}${CLOSE}\r\n`)).status).toBe(200)
  })

  test('what follows a request that is to be the last is ignored: it has one answer', async () => {
    const { port } = await openServed()
    const socket = await open(port)
    socket.write(`GET /api/health HTTP/1.1\r\n${HOST}${CLOSE}\r\n{"sender":"a"}`)
    const text = (await readAll(socket)).toString()
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  test('a change to another protocol is not made: the request is answered as it is', async () => {
    const { port } = await openServed()
    const answer = await send(
      port,
      `GET /api/health HTTP/1.1\r\n${HOST}Connection: upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
    )
    expect(answer.status).toBe(200)
  })

  test('any request with something wrong in it: no foreign words, nothing internal, and the node goes on', async () => {
    const { port } = await openServed({ server: { limits: { headersMs: 500, requestMs: 500 } } })
    let refused = 0
    const ask = async (request: string): Promise<void> => {
      const socket = await open(port)
      socket.write(request)
      const { status, text } = parseAnswer(await readAll(socket))
      expect(status, request).toBeLessThan(500)
      if (status < 400 || text === 'Missing values' || text.startsWith('Error: Please supply')) return
      expect(text, request).toMatch(/^\{"error":\{"code":.*\}\}\n$/)
      expect(text, request).not.toMatch(FOREIGN)
      refused++
    }
    await fc.assert(
      fc.asyncProperty(fc.array(brokenRequest, { minLength: 50, maxLength: 50 }), async (requests) => {
        await Promise.all(requests.map(ask))
      }),
      { numRuns: 20, endOnFailure: true },
    )
    expect(refused).toBeGreaterThan(100)
    expect((await send(port, `GET /api/health HTTP/1.1\r\n${HOST}${CLOSE}\r\n`)).status).toBe(200)
  })
})

/** A request that is somewhat different from what it should be. */
const brokenRequest = fc
  .record({
    call: fc.constantFrom(
      ['POST', '/transactions/new', PAYMENT],
      ['POST', '/nodes/register', '{"nodes": ["http://127.0.0.1:9", "localhost:5001"]}'],
      ['GET', '/api/blocks?from=1&limit=5', ''],
      ['GET', '/api/pending?limit=5', ''],
      ['GET', '/api/balance?address=a', ''],
      ['DELETE', '/api/peers/127.0.0.1:9', ''],
      ['GET', '/chain', ''],
    ),
    part: fc.constantFrom('path', 'header', 'body', 'body', 'head'),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.nat({ max: 4 }),
    added: fc.oneof(
      fc.constantFrom(
        '"',
        '{',
        '[',
        '}',
        '%',
        '\\u',
        '\\ud800',
        '-',
        '99999',
        'e999',
        'NaN',
        '..',
        '//',
        '?',
        '&',
        ';',
        'é',
        '\0',
      ),
      fc.string({ maxLength: 3 }),
    ),
    header: fc.constantFrom(
      'Host',
      'Origin',
      'Referer',
      'Sec-Fetch-Site',
      'Content-Type',
      'Content-Encoding',
      'Accept',
      'Expect',
    ),
    value: fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.webUrl(),
      fc.constantFrom('application/json;charset=', 'text/json', '*', '[::1'),
    ),
  })
  .map(({ call: [method, path, body], part, place, removed, added, header, value }) => {
    const change = (text: string): string => {
      const at = Math.floor(place * text.length)
      return `${text.slice(0, at)}${added}${text.slice(at + removed)}`
    }
    const changed = (name: string, text: string): string => (name === part ? change(text) : text)
    const sent = changed('body', body!)
    const headers = new Map([['Host', '127.0.0.1']])
    if (sent !== '') headers.set('Content-Type', 'application/json').set('Content-Length', `${Buffer.byteLength(sent)}`)
    if (part === 'header') headers.set(header, value)
    const lines = Array.from(headers, ([name, text]) => `${name}: ${text}\r\n`).join('')
    const head = changed('head', `${method} ${changed('path', path!)} HTTP/1.1\r\n${lines}`)
    // Twice, as the end of the line before may be missing; without it the node would wait for another request.
    return `${head}${CLOSE}${CLOSE}\r\n${sent}`
  })
