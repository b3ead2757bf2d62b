import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { IdentifiedEvent } from '../../src/api/node-api.js'
import { buildChain, chainAnswer } from '../support/chains.js'
import { answering, deadAddress } from '../support/peer-server.js'
import { get, post } from '../support/raw-http.js'
import { connect, ENDLESS, openServed } from '../support/test-node.js'

/** What happens on a node, over HTTP, as a browser and our own client hear it. */

/** A stream of events as bytes on a socket, after its head. */
class RawEvents {
  readonly #socket: Socket
  #text = ''

  static async open(port: number, query = '', headers: Readonly<Record<string, string>> = {}): Promise<RawEvents> {
    const socket = connectSocket(port, '127.0.0.1').setEncoding('latin1')
    onTestFinished(() => void socket.destroy())
    const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    socket.write(`GET /api/events${query} HTTP/1.1\r\n${lines.join('')}\r\n`)
    return new RawEvents(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (text: string) => {
      this.#text += text
    })
  }

  /** Waits for this, and forgets what came up to its end. @returns what came before it, and the match */
  async until(pattern: RegExp): Promise<{ before: string; match: RegExpExecArray }> {
    for (;;) {
      const match = pattern.exec(this.#text)
      if (match !== null) {
        const before = this.#text.slice(0, match.index)
        this.#text = this.#text.slice(match.index + match[0].length)
        return { before, match }
      }
      await once(this.#socket, 'data')
    }
  }

  hangUp(): void {
    this.#socket.destroy()
  }
}

/** Reads events until there is one of this type. */
async function nextOf(events: AsyncIterator<IdentifiedEvent>, type: string): Promise<IdentifiedEvent['event']> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error(`no event ${type}`)
    if (value.event.type === type) return value.event
  }
}

test('are a stream as the standard has it, of which no cache keeps anything', async () => {
  const { port } = await openServed()
  const events = await RawEvents.open(port)
  const { match } = await events.until(/^HTTP\/1\.1 200 OK\r\n([\s\S]*?)\r\n\r\n/)
  expect(match[1]).toMatch(/^content-type: text\/event-stream\r?$/m)
  expect(match[1]).toMatch(/^cache-control: no-cache\r?$/m)
  const first = await events.until(/id: (\w+-0)\nevent: listening\ndata: \{"type": "listening"\}\n\n/)
  expect(first.before).not.toContain('data:')
  await post(port, '/transactions/new', '{"sender": "\\u00e9", "recipient": "b\\nc", "amount": 1}')
  const second = await events.until(/id: (\w+-1)\nevent: transaction\ndata: (.*)\n\n/)
  // On one line, whatever is in it.
  expect(JSON.parse(second.match[2]!)).toMatchObject({
    type: 'transaction',
    transaction: { sender: 'é', recipient: 'b\nc', amount: 1 },
  })
})

test('who comes back as a browser does, with the last id in a header, hears what he missed and nothing twice', async () => {
  const { node, port } = await openServed()
  const before = await RawEvents.open(port)
  await before.until(/event: listening/)
  await node.mine()
  const { match } = await before.until(/id: (\S+)\nevent: block\n/)
  before.hangUp()
  await node.mine()
  const after = await RawEvents.open(port, '', { 'Last-Event-ID': match[1]! })
  const next = await after.until(/event: block\ndata: (.*)\n/)
  expect(next.before).not.toContain('event: block')
  expect(JSON.parse(next.match[1]!)).toMatchObject({ height: 3 })
  // The parameter says the same for those who cannot set headers, and goes before it.
  const asked = await RawEvents.open(port, `?after=${match[1]}`, { 'Last-Event-ID': 'other-1' })
  expect(JSON.parse((await asked.until(/event: block\ndata: (.*)\n/)).match[1]!)).toMatchObject({ height: 3 })
})

test('an id of another run: the client is told that it may have missed some', async () => {
  const { port } = await openServed()
  const events = await RawEvents.open(port, '?after=0123456789abcdef-7')
  await events.until(/event: missed\ndata: \{"type": "missed"\}\n\n/)
})

test('tell of payments, peers, blocks, what peers answered, and a chain that was replaced', async () => {
  const { node, url } = await openServed()
  const events = connect(url).events({})[Symbol.asyncIterator]()
  await nextOf(events, 'listening')
  const peer = await answering(chainAnswer(buildChain({ length: 4, zeros: 2 })))
  const dead = await deadAddress()
  await node.addPeers([peer, dead])
  expect([await nextOf(events, 'peer'), await nextOf(events, 'peer')]).toEqual(
    [peer, dead].map((each) => ({ type: 'peer', peer: each, change: 'added' })),
  )
  const { hash } = await node.mine()
  expect(await nextOf(events, 'block')).toMatchObject({ height: 2, hash, transactions: 1 })
  const { length } = await node.resolve()
  const { tip } = await node.status()
  const lengths = { lengthBefore: 2, length, forkedAt: 0 }
  expect(await nextOf(events, 'chain-replaced')).toMatchObject({ ...lengths, peer, tip, returned: 0 })
  const answers = [await nextOf(events, 'peer-answer'), await nextOf(events, 'peer-answer')]
  expect(answers.map((each) => 'outcome' in each && each.outcome).sort()).toEqual(['adopted', 'unreachable'])
  await node.removePeer(dead)
  expect(await nextOf(events, 'peer')).toEqual({ type: 'peer', peer: dead, change: 'removed' })
})

test('a search tells how it stands, and that it is over', async () => {
  const { node, url } = await openServed({ network: ENDLESS })
  const events = connect(url).events({})[Symbol.asyncIterator]()
  await nextOf(events, 'listening')
  const stop = new AbortController()
  const stopped = expect(node.mine({ signal: stop.signal })).rejects.toThrow('stopped')
  expect(await nextOf(events, 'mining')).toMatchObject({ progress: { expectedHashes: 16 ** 60 } })
  stop.abort(new Error('stopped'))
  await stopped
  for (;;) {
    const event = await nextOf(events, 'mining')
    if (event.type === 'mining' && event.progress === null) break
  }
})

test('a stream that is left is over: its place is free again, and more than 128 are refused', async () => {
  const { port } = await openServed()
  const streams = await Promise.all(Array.from({ length: 128 }, () => RawEvents.open(port)))
  await Promise.all(streams.map((each) => each.until(/event: listening/)))
  const refused = await get(port, '/api/events')
  expect(refused.status).toBe(503)
  expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'too-many-clients' } })
  // It answers other questions meanwhile.
  expect((await get(port, '/api/status')).status).toBe(200)
  for (const stream of streams) stream.hangUp()
  await expect
    .poll(async () => {
      const again = await RawEvents.open(port)
      return (await again.until(/^HTTP\/1\.1 (\d+)/)).match[1]
    })
    .toBe('200')
})

test('the end of the server ends the streams', async () => {
  const { node, url } = await openServed()
  const events = connect(url).events({})[Symbol.asyncIterator]()
  await nextOf(events, 'listening')
  await node.close()
  await expect(nextOf(events, 'none')).rejects.toThrow('no event none')
})

test('who gives up a search that had not begun tells nobody that the search under way is over', async () => {
  const { node, port } = await openServed({ network: ENDLESS })
  const first = new AbortController()
  const mining = node.mine({ signal: first.signal }).catch((error: unknown) => error)
  await expect.poll(async () => (await node.status()).mining).not.toBeNull()
  const stream = await RawEvents.open(port)
  await stream.until(/event: listening\n/)
  const second = new AbortController()
  const queued = node.mine({ signal: second.signal })
  second.abort(new Error('given up'))
  await expect(queued).rejects.toThrow('given up')
  const { before } = await stream.until(/"progress": \{/)
  expect(before).not.toContain('"progress": null')
  first.abort(new Error('over'))
  expect(await mining).toEqual(new Error('over'))
  await stream.until(/"progress": null/)
})
