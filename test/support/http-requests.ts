import fc from 'fast-check'
import { utf8 } from '../../src/primitives/bytes.js'
import { anyAddress, properAddress } from './address-texts.js'
import { joined, mostly, oneOfWords } from './choices.js'
import { jsonText, numberText, stringText } from './json-texts.js'
import { withMistakes } from './mutations.js'
import { largeText, oddNumber, oddText } from './odd-json.js'

/** What anybody may send to a node's HTTP port. */
export interface RawRequest {
  readonly bytes: Uint8Array
  /** Whether it is a whole request, framed as HTTP wants it, so that it has to be answered. */
  readonly isWhole: boolean
}

const METHODS = 'GET GET GET POST POST POST POST DELETE PUT PATCH HEAD OPTIONS TRACE QUERY'

/** Those whose answer has an end: that of /api/events has none. */
const PATHS = `
  /mine /transactions/new /transactions/new /chain /nodes/register /nodes/resolve /api/health /api/status /api/mine
  /api/blocks /api/blocks/1 /api/blocks/0123456789 /api/transactions/1.0
  /api/transactions/fedcba9876 /api/history /api/pending /api/balance /api/peers /api/peers/ /api/resolve`

const STRANGE_TARGETS = `
  / // /.. /../../etc/passwd /api/../mine /%6dine /mine/ /MINE /mine;a /mine%00 /% /%zz /%E0%A4%A * mine
  http://example.org/mine http://127.0.0.1/api/status /api /api/ /api/constructor /__proto__ /api/peers/%2e%2e
  /api/peers/%00 /api/peers/%E0%A4%A /api/peers/a%2Fb /api/peers/[::1]:1 /api/blocks? /api/blocks?&&=& /api/blocks?from
  /api/blocks?from=1&from=2 /api/blocks?from[]=1 /api/blocks/-1 /api/blocks/1e9 /api/transactions/1. /api/transactions/.1
  /api/transactions/99999999999.0 /api/blocks?__proto__=1`

const longTarget = fc.constantFrom(
  `/${'a'.repeat(15_000)}`,
  `/api/peers/${'x'.repeat(499)}`,
  `/api/peers/${'x'.repeat(600)}`,
  `/api/balance?address=${'%61'.repeat(5_000)}`,
  `/api/blocks?${'a=1&'.repeat(3_000)}`,
)

const queryValue = fc.oneof(
  fc.integer({ min: -2, max: 1_002 }).map(String),
  mostly(
    '',
    1,
    oneOfWords(
      '0 -0 1.0 1e3 0x10 4294967295 4294967296 9999999999 99999999999 NaN null %31 % +1 1.0 2.7 999999999.999999999',
    ),
  ),
  fc.string({ unit: 'grapheme', maxLength: 10 }).map(encodeURIComponent),
)
const query = fc
  .array(joined(mostly('from', 1, oneOfWords('limit address before height toString')), fc.constant('='), queryValue), {
    maxLength: 3,
  })
  .map((parts) => (parts.length === 0 ? '' : `?${parts.join('&')}`))

/** Characters that HTTP has in its lines. */
const lineText = (min: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.integer({ min, max: 0xff }).map((c) => (c === 0x7f ? '~' : String.fromCharCode(c))),
    maxLength,
  })

const anyTarget = fc.oneof(
  { weight: 80, arbitrary: joined(oneOfWords(PATHS), query) },
  { weight: 10, arbitrary: oneOfWords(STRANGE_TARGETS) },
  { weight: 1, arbitrary: longTarget },
  { weight: 10, arbitrary: lineText(0x21, 30).map((text) => `/${text}`) },
)

const CONTENT_TYPES = 'text/plain application/json; APPLICATION/JSON application/jsonp ; */* multipart/form-data'
const HOSTS = 'localhost example.org [::1]:5000 [ 127.0.0.1:99999 x@localhost ::1 é 0x7f.1 LOCALHOST:1'
const ORIGINS = 'null http://example.org http://localhost http://127.0.0.1 http://[ data: é'
const OTHER_HEADERS = `
  Accept-Version X-Forwarded-For X-HTTP-Method-Override Range If-None-Match Accept Cookie Content-Encoding Upgrade
  Last-Event-ID Authorization X`

const header = fc.oneof(
  fc.tuple(fc.constant('Content-Type'), mostly('application/json; charset=utf-16', 1, oneOfWords(CONTENT_TYPES))),
  fc.tuple(fc.constant('Host'), fc.oneof(fc.constantFrom('', 'a b'), oneOfWords(HOSTS))),
  fc.tuple(fc.constantFrom('Origin', 'Referer'), mostly('', 1, oneOfWords(ORIGINS))),
  fc.tuple(fc.constant('Sec-Fetch-Site'), mostly('', 1, oneOfWords('cross-site same-origin none x'))),
  fc.tuple(fc.constant('Expect'), oneOfWords('100-continue something')),
  fc.tuple(
    oneOfWords(OTHER_HEADERS),
    fc.oneof(lineText(0x20, 40), oneOfWords('gzip websocket h2c bytes=0- 1.x *'), fc.constant('x'.repeat(9_000))),
  ),
)

const amount = fc.oneof({ weight: 4, arbitrary: numberText }, { weight: 1, arbitrary: oddNumber }, jsonText)
const payment = fc
  .record({ sender: stringText, recipient: stringText, amount })
  .map(({ sender, recipient, amount }) => utf8(`{"sender":${sender},"recipient":${recipient},"amount":${amount}}`))
const proper = properAddress.map(({ text }) => text)
const registration = fc
  .array(fc.oneof({ weight: 1, arbitrary: anyAddress }, { weight: 4, arbitrary: proper }), { maxLength: 3 })
  .map((nodes) => utf8(JSON.stringify({ nodes })))
const json = fc.oneof(payment, registration, fc.oneof(jsonText, oddText).map(utf8))
const largeBody = fc
  .tuple(largeText(20), fc.constantFrom('sender', 'recipient', 'amount', 'nodes'))
  .map(([{ text }, key]) => utf8(`{"sender":"a","recipient":"b","amount":1,"${key}":${text}}`))
const body = fc.oneof(
  { weight: 500, arbitrary: json },
  { weight: 300, arbitrary: withMistakes(json) },
  { weight: 50, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 50, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 2, arbitrary: largeBody },
)

interface Draft {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array | null
  readonly isChunked: boolean
}

const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(header, { maxLength: 3 }) },
)
const version = fc.constantFrom('1.1', '1.1', '1.1', '1.1', '1.0')

/** Any method with any target and any body. */
const strayDraft: fc.Arbitrary<Draft> = fc.record({
  method: oneOfWords(METHODS),
  target: anyTarget,
  version,
  headers,
  body: fc.option(body, { freq: 4 }),
  isChunked: fc.boolean(),
})

const fitting = (
  method: string,
  targets: fc.Arbitrary<string>,
  body: fc.Arbitrary<Uint8Array | null>,
): fc.Arbitrary<Draft> =>
  fc.record({ method: fc.constant(method), target: targets, version, headers, body, isChunked: fc.boolean() })

const draft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 300, arbitrary: strayDraft },
  { weight: 200, arbitrary: fitting('POST', fc.constant('/transactions/new'), payment) },
  { weight: 100, arbitrary: fitting('POST', fc.constant('/transactions/new'), withMistakes(payment)) },
  { weight: 100, arbitrary: fitting('POST', fc.constant('/nodes/register'), registration) },
  { weight: 2, arbitrary: fitting('POST', fc.constantFrom('/transactions/new', '/nodes/register'), largeBody) },
  { weight: 20, arbitrary: fitting('POST', fc.constantFrom('/api/mine', '/api/resolve'), fc.constant(null)) },
  { weight: 20, arbitrary: fitting('GET', fc.constantFrom('/mine', '/chain', '/nodes/resolve'), fc.constant(null)) },
  {
    weight: 150,
    arbitrary: fitting(
      'GET',
      joined(oneOfWords('/api/status /api/blocks /api/pending /api/balance /api/peers'), query),
      fc.constant(null),
    ),
  },
  {
    weight: 30,
    arbitrary: fitting(
      'DELETE',
      anyAddress.map((text) => `/api/peers/${encodeURIComponent(text.toWellFormed()).slice(0, 9_000)}`),
      fc.constant(null),
    ),
  },
)

/** Puts a request together, whole and closing the connection behind it. */
function framed({ method, target, version, headers, body, isChunked }: Draft): Uint8Array {
  const given = new Set(headers.map(([name]) => name))
  const lines = [`${method} ${target} HTTP/${version}`]
  if (!given.has('Host')) lines.push('Host: 127.0.0.1')
  if (body !== null && !given.has('Content-Type')) lines.push('Content-Type: application/json')
  lines.push(...headers.map(([name, value]) => `${name}: ${value}`), 'Connection: close')
  // HTTP/1.0 knows no chunks.
  const chunks = body !== null && isChunked && version === '1.1'
  if (chunks) lines.push('Transfer-Encoding: chunked')
  else if (body !== null) lines.push(`Content-Length: ${body.length}`)
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return body === null ? head : Buffer.concat([head, chunks ? chunked(body) : body])
}

function chunked(body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < body.length; at += 1_000) {
    const part = body.subarray(at, at + 1_000)
    parts.push(utf8(`${part.length.toString(16)}\r\n`), part, utf8('\r\n'))
  }
  return Buffer.concat([...parts, utf8('0\r\n\r\n')])
}

const whole = draft.map(framed)

export const rawRequest: fc.Arbitrary<RawRequest> = fc.oneof(
  { weight: 12, arbitrary: whole.map((bytes) => ({ bytes, isWhole: true })) },
  { weight: 2, arbitrary: withMistakes(whole).map((bytes) => ({ bytes, isWhole: false })) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => ({ bytes, isWhole: false })) },
)
