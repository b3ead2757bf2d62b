import fc from 'fast-check'
import { joined, mostly, oneOfWords, words } from './choices.js'

/** Texts that somebody might give as the address of a node. */

/** Characters that URL drops or takes for others. */
const LOOKALIKES = [...'\u00ad\u200b\u200d\u3002\uff0e\uff20\u2024\u2025\u202e\ufeff\ufffd\u0345']

const STRANGE_NAMES = [
  ...words(`
    . .. a..b .a localhost. -a- _ * xn-- xn--a xn--bcher-kva xn--zzzzzz ß İ ﬀ 0 0x7f.1 0177.0.0.1 1.2.3.4.5 256.1.1.1
    4294967295 4294967296 1.2.3.4. １２７.0.0.1 %31 % %2e%2e %00 %0a %5b::1%5d [::1 ::1] [] [::] [::1%25eth0]
    [fe80::1%eth0] [::ffff:1.2.3.4] [1:2:3:4:5:6:7:8:9] [v1.a] [::1]. a[::1] [[::1]]`),
  ...['', 'a'.repeat(63), 'a'.repeat(64), 'a.'.repeat(127), 'b'.repeat(300)],
]

/** Names and numbers that are hosts, as a node lists them but for IPv6, which has several spellings. */
const plainHost = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.domain().map((name) => name.toLowerCase()),
  oneOfWords('localhost my-node.local raspberry_pi'),
)

const strangeHost = fc.oneof(
  fc.constantFrom(...STRANGE_NAMES),
  fc.ipV4Extended(),
  fc.string({ unit: fc.constantFrom(...'aB.-_%0:[]@\\/é中😀\u0301', ...LOOKALIKES), maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

const portNumber = fc.integer({ min: 1, max: 65_535 })
const port = fc.oneof(
  portNumber.map((number) => `:${number}`),
  oneOfWords(
    ': :0 :00 :1 :80 :080 :65535 :65536 :99999999999999999999 :-1 :+80 :0x50 :８０ :80:80 ::80 :1e3 :80. :80a',
  ),
  fc.constantFrom('', ':8 0', ': 80'),
)

const scheme = fc.oneof(
  fc.constantFrom('', 'http://'),
  oneOfWords('HTTP:// https:// http: http:/ http:/// http:\\\\ // ftp:// file:/// javascript: ws:// blob:http:// ://'),
  fc.constantFrom('http://http://', 'ht\ttp://', 'h\u0130tp://'),
)
const credentials = mostly('', 5, oneOfWords('a@ a:b@ :@ @ %40@ a@b@ é:😀@'))
const rest = mostly('', 2, oneOfWords('/ // /chain ? # ?a=b #a \\ /.. ;a /%2e /\u0301'))
const edge = mostly('', 3, fc.constantFrom(...' \t\n\x00\x1f\x7f\x85\xa0\u2028\ufeff\u200b', '\r\n'))

const composed = joined(edge, scheme, credentials, fc.oneof(plainHost, strangeHost), port, rest, edge)

const intruder = fc.oneof(
  fc.constantFrom(...' \t\n\x00@:/[]%', ...LOOKALIKES),
  fc.string({ unit: 'binary', maxLength: 2 }),
)
const withIntruder = fc
  .tuple(composed, fc.nat({ max: 40 }), intruder)
  .map(([text, at, intruder]) => text.slice(0, at) + intruder + text.slice(at))

const repeated = fc
  .tuple(
    fc.constantFrom(
      ...words('a a. . : @ [ %61 :// é 中 xn--z9 1 0. /'),
      ' ',
      '\u0301\u0323',
      'a\u0301',
      '\ud83d',
      ...LOOKALIKES,
    ),
    fc.integer({ min: 1, max: 18 }),
  )
  .map(([unit, bits]) => unit.repeat(2 ** bits))

export const anyAddress: fc.Arbitrary<string> = fc.oneof(
  { weight: 400, arbitrary: composed },
  { weight: 200, arbitrary: withIntruder },
  { weight: 100, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 100, arbitrary: fc.webUrl() },
  { weight: 1, arbitrary: repeated },
)

/** Addresses that are as they should be, and what a node is to make of them. */
export const properAddress: fc.Arbitrary<{ text: string; host: string; port: number }> = fc
  .tuple(fc.constantFrom('', 'http://', 'HTTP://', '  ', '\n'), plainHost, portNumber, fc.constantFrom('', '/', ' '))
  .map(([before, host, port, behind]) => ({ text: `${before}${host}:${port}${behind}`, host, port }))
