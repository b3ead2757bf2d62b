import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** An answer as it came over the wire, its body without chunks. */
export interface RawAnswer {
  readonly status: number
  readonly reason: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly text: string
}

export interface RawCall {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Calls with exactly the headers given, besides `Host`, `Content-Length` and `Connection: close`. */
export function call(
  port: number,
  method: string,
  path: string,
  { headers = {}, body }: RawCall = {},
): Promise<RawAnswer> {
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const lines = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  if (bytes !== undefined) head.push(`Content-Length: ${bytes.length}\r\n`)
  return send(
    port,
    Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n`), bytes ?? Buffer.of()]),
  )
}

export function get(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  return call(port, 'GET', path, { headers })
}

/** Posts a text as JSON. */
export function post(
  port: number,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return call(port, 'POST', path, { headers: { 'Content-Type': 'application/json', ...headers }, body })
}

/** Sends bytes and reads until the other side closes. */
export async function send(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  const socket = await open(port)
  socket.write(request)
  return parseAnswer(await readAll(socket))
}

/** A connection, which is destroyed after the test. */
export async function open(port: number, options: Partial<NetConnectOpts> = {}): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...options } as NetConnectOpts)
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

export function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.once('error', reject)
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
}

export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) throw new Error(`no HTTP answer: ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`)
  const [statusLine, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n') as [string, ...string[]]
  const [, status, reason] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(statusLine)!
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const raw = bytes.subarray(end + 4)
  const body = headers['transfer-encoding'] === 'chunked' ? unchunked(raw) : raw
  return { status: Number(status), reason: reason!, headers, body, text: body.toString() }
}

function unchunked(raw: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = raw.indexOf('\r\n', at)
    if (lineEnd < 0) throw new Error('the answer was cut off')
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
