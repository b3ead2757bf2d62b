import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ServedNode } from '../../src/api/node-api.js'
import { SERVER_LIMITS, type ServerLimits } from '../../src/http/limits.js'
import { JsonNumber } from '../../src/primitives/json/value.js'
import { get, open, parseAnswer, readAll } from '../support/raw-http.js'
import { expectRefusal } from '../support/refusals.js'
import { CountingStore } from '../support/stores.js'
import { HeldSearcher, openNode, openServed, serve } from '../support/test-node.js'

/** Slow clients, and many of them: they are waited for so long and no longer, and the others are answered meanwhile. */

const HEAD = 'GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n'
const POST = 'POST /transactions/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'

describe('the limits of a server that was told none', () => {
  test('256 sockets, headers within 10 s, requests within 30 s', async () => {
    const { port } = await openServed()
    const asked: Server[] = []
    watchServers(({ server }) => asked.push(server))
    await get(port, '/api/status')
    const { maxConnections, headersTimeout, requestTimeout } = asked[0]!
    expect({ maxConnections, headersTimeout, requestTimeout }).toEqual({
      maxConnections: 256,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
    })
  })

  test('64 KiB of an answer taken in every 30 s, 50 requests a second', () => {
    expect(SERVER_LIMITS).toMatchObject({ readMs: 30_000, readBytes: 65_536, requestsPerSecond: 50 })
  })
})

describe('requests that do not come to their end', () => {
  test.each<[what: string, begin: (socket: Socket) => void]>([
    ['silence', () => {}],
    ['half of the headers', (socket) => void socket.write(HEAD)],
    ['headers a byte at a time', (socket) => trickle(socket, `${HEAD}X: ${'x'.repeat(10_000)}`)],
    ['a request, and then half of another', (socket) => void socket.write(`${HEAD}\r\n${HEAD}`)],
  ])('timeout: %s, after the time for headers', async (_what, begin) => {
    const { port } = await openServed({ server: { limits: { headersMs: 500, requestMs: 60_000 } } })
    const socket = await open(port)
    begin(socket)
    const text = (await readAll(socket)).toString()
    expectRefusal(parseAnswer(Buffer.from(text.slice(text.lastIndexOf('HTTP/1.1')))), 408, 'timeout')
  })

  test.each<[what: string, begin: (socket: Socket) => void]>([
    ['half of a body', (socket) => void socket.write(`${POST}Content-Length: 100\r\n\r\n{"sender"`)],
    [
      'a body a byte at a time',
      (socket) => {
        socket.write(`${POST}Content-Length: 100000\r\n\r\n`)
        trickle(socket, ' '.repeat(10_000))
      },
    ],
    [
      'chunks without a last one',
      (socket) => {
        socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`)
        trickle(socket, '1\r\n \r\n'.repeat(10_000))
      },
    ],
  ])('timeout: %s, after the time for a request', async (_what, begin) => {
    const { port, node } = await openServed({ server: { limits: { headersMs: 500, requestMs: 1_000 } } })
    const socket = await open(port)
    begin(socket)
    expectRefusal(parseAnswer(await readAll(socket)), 408, 'timeout')
    expect((await node.status()).pending).toBe(0)
  })
})

describe('more clients than sockets', () => {
  test('256 that are worked for keep theirs, more are not let in, and when one goes another may come', async () => {
    let hear = (): void => {}
    const mine = (): Promise<never> => {
      hear()
      return new Promise(() => {})
    }
    const node = await openNode()
    const { port } = await serve({ status: () => node.status(), mine } as Partial<ServedNode> as ServedNode)
    const miners: Socket[] = []
    for (let i = 0; i < 256; i++) {
      const heard = new Promise<void>((resolve) => {
        hear = resolve
      })
      const socket = await open(port)
      socket.write('GET /mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      miners.push(socket)
      await heard
    }
    for (let i = 0; i < 5; i++) await expect(get(port, '/api/status')).rejects.toThrow()
    expect(miners.filter(({ closed }) => closed)).toEqual([])
    miners[0]!.destroy()
    await expect.poll(async () => (await get(port, '/api/status').catch(() => undefined))?.status).toBe(200)
  })

  test.each<[count: number, what: string, text: string, limits?: Partial<ServerLimits>]>([
    [300, 'say nothing', ''],
    [300, 'send half of the headers', HEAD],
    [300, 'send half of a body', `${POST}Content-Length: 100\r\n\r\n{`],
    [300, 'are done and keep their connection', `${HEAD}\r\n`],
    // Fewer: each has megabytes in the buffers of the system.
    [30, 'take nothing of a long answer', 'GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', { sockets: 20 }],
  ])(
    'of %i that %s the first give way, and everybody else is answered meanwhile',
    async (count, _what, text, limits = {}) => {
      const node = await openNode()
      const api = { status: () => node.status(), chainText } as Partial<ServedNode> as ServedNode
      const { port } = await serve(api, { limits })
      const first = await open(port)
      first.pause().write(text)
      // One after the other, so that it is clear who came first.
      for (let i = 1; i < count; i++) {
        const socket = await open(port)
        socket.pause().write(text)
        if (i % 20 === 0) expect((await get(port, '/api/status')).status).toBe(200)
      }
      expect((await get(port, '/api/status')).status).toBe(200)
      // Only who reads hears that it was hung up on.
      first.resume()
      await expect.poll(() => first.closed).toBe(true)
    },
  )

  test('who waits for a block keeps its socket, however many are idle', async () => {
    const searcher = new HeldSearcher()
    const { port } = await openServed({ searcher })
    const mining = get(port, '/mine')
    await expect.poll(() => searcher.jobs.length).toBe(1)
    for (let i = 0; i < 300; i++) await open(port)
    searcher.release()
    expect((await mining).status).toBe(200)
  })

  test('of what is asked in one go on one connection the first 100 are answered, the next is refused, and no other is done', async () => {
    const searcher = new HeldSearcher()
    const { port, node } = await openServed({ searcher })
    const socket = await open(port)
    const payment = '{"sender": "a", "recipient": "b", "amount": 1}'
    const send = `${POST}Content-Length: ${payment.length}\r\n\r\n${payment}`
    // They wait for their turn behind the first.
    socket.write(`GET /mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${send.repeat(149)}`)
    await expect.poll(() => searcher.jobs.length).toBe(1)
    expect((await node.status()).pending).toBe(0)
    searcher.release()
    const answers = (await readAll(socket)).toString().split(/(?=HTTP\/1\.1 )/)
    expect(answers.map((answer) => parseAnswer(Buffer.from(answer)).status)).toEqual([200, ...Array(99).fill(201), 429])
    const refusal = parseAnswer(Buffer.from(answers.at(-1)!))
    expectRefusal(refusal, 429, 'too-many-requests')
    expect(refusal.headers.connection).toBe('close')
    const { pending } = await node.status()
    const { chain } = JSON.parse((await get(port, '/chain')).text) as { chain: { transactions: unknown[] }[] }
    const mined = chain.flatMap(({ transactions }) => transactions)
    expect(pending + mined.length).toBe(100)
  })
})

describe('clients that do not take their answer', () => {
  /** 14 MB in two blocks and 14 MB pending, more than the buffers of two sockets hold, and a block is too much for one step. */
  async function openHeavy(readMs: number) {
    const store = new CountingStore()
    const { port, node } = await openServed({ store, server: { limits: { readMs } } })
    const sender = 'x'.repeat(1_000_000)
    for (let i = 1; i <= 28; i++) {
      await node.submitPayment({ sender, recipient: 'b', amount: JsonNumber.integer(i) })
      if (i === 7 || i === 14) await node.mine()
    }
    store.opened = store.closed = 0
    return { port, store }
  }

  test.each(['/chain', '/nodes/resolve', '/api/blocks?from=2&limit=1'])(
    '%s: who takes nothing, or a byte at a time, is hung up on, and nothing is kept for them',
    async (path) => {
      const { port, store } = await openHeavy(500)
      const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
      let answers = 0
      watchServers(({ response }) => response.once('close', () => answers++))
      const deaf = await open(port)
      deaf.pause().write(request)
      const sipping = await openSlow(port, 1, 20)
      sipping.write(request)
      await expect.poll(() => answers, { timeout: 20_000 }).toBe(2)
      expect([store.opened, store.closed]).toEqual([2, 2])
      // What lay in the buffers is all that there is to be had.
      const read = readAll(deaf).catch(() => {})
      deaf.resume()
      await read
      expect(deaf.bytesRead).toBeLessThan(14_000_000)
      expect((await get(port, '/api/status')).status).toBe(200)
    },
  )

  test.each([
    ['/chain', 'chain', 3],
    ['/api/blocks?from=2&limit=1', 'blocks', 1],
  ])('%s: who takes it slowly, but takes it, gets all of it, however long it lasts', async (path, key, count) => {
    const { port } = await openHeavy(1_500)
    // 64 KiB every 20 ms: a block takes 2 s and more.
    const socket = await openSlow(port, 65_536, 20)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
    await once(socket, 'close')
    expect(JSON.parse(parseAnswer(socket.taken()).text)[key]).toHaveLength(count)
  })
})

describe('50 requests a second', () => {
  test('too-many-requests: the 51st of an address that is not loopback, whatever its headers say', async () => {
    // A machine without any other address: then its loopback address is counted for once.
    const outside = outsideAddress()
    const { port } = await openServed({
      server: outside === undefined ? { limits: { isLocal: () => false } } : { host: outside },
    })
    const host = outside ?? '127.0.0.1'
    const ask = `GET /api/health HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 127.0.0.1\r\n`
    const socket = await open(port, { host })
    // In one piece, so that no second ends in between.
    socket.write(`${`${ask}\r\n`.repeat(50)}${ask}Connection: close\r\n\r\n`)
    const text = (await readAll(socket)).toString()
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      ...Array(50).fill('200'),
      '429',
    ])
    const last = parseAnswer(Buffer.from(text.slice(text.lastIndexOf('HTTP/1.1'))))
    expectRefusal(last, 429, 'too-many-requests', /50 times a second/)
    expect(last.headers['retry-after']).toBe('1')

    const again = async (): Promise<string> => {
      const next = await open(port, { host })
      next.write(`${ask}Connection: close\r\n\r\n`)
      return (await readAll(next)).toString()
    }
    await expect.poll(again).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('this machine itself may ask as often as it likes', async () => {
    const { port } = await openServed()
    const socket = await open(port)
    socket.write(`${`${HEAD}\r\n`.repeat(99)}${HEAD}Connection: close\r\n\r\n`)
    const text = (await readAll(socket)).toString()
    expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(100)
  })

  test('too-many-requests: of what is refused, too, so that nobody can guess at it fast', async () => {
    const node = await openNode()
    const foreign = 'GET /mine HTTP/1.1\r\nHost: evil.example\r\n'
    const nowhere = 'GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n'
    for (const ask of [foreign, nowhere]) {
      const { port } = await serve(node, { limits: { isLocal: () => false, requestsPerSecond: 1 } })
      const socket = await open(port)
      socket.write(`${ask}\r\n${ask}Connection: close\r\n\r\n`)
      expect((await readAll(socket)).toString()).toMatch(/^HTTP\/1\.1 40[34] [\s\S]*HTTP\/1\.1 429 /)
    }
  })
})

/** Looks at each request that a server of this process begins to answer, until the test ends. */
function watchServers(look: (seen: { server: Server; response: ServerResponse }) => void): void {
  const note = (message: unknown): void => look(message as Parameters<typeof look>[0])
  subscribe('http.server.request.start', note)
  onTestFinished(() => void unsubscribe('http.server.request.start', note))
}

/** An address of this machine that others could use. */
function outsideAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address
}

/** A connection that takes so many bytes at a time, and waits in between. */
async function openSlow(port: number, bytes: number, everyMs: number): Promise<Socket & { taken(): Buffer }> {
  const taken: Buffer[] = []
  const socket: Socket = await open(port, {
    onread: {
      buffer: Buffer.alloc(bytes),
      callback: (length, buffer) => {
        taken.push(Buffer.from(buffer.subarray(0, length)))
        setTimeout(() => socket.resume(), everyMs)
        return false
      },
    },
  })
  socket.on('error', () => {})
  return Object.assign(socket, { taken: () => Buffer.concat(taken) })
}

/** Writes one byte every 50 ms until the other side hangs up. */
function trickle(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => void (socket.writable && socket.write(text[at++]!)), 50)
  socket.on('error', () => {}).on('close', () => clearInterval(timer))
}

async function* chainText(): AsyncGenerator<Uint8Array, number> {
  for (;;) yield Buffer.alloc(65_536, ' ')
}
