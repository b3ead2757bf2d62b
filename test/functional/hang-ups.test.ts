import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { JsonNumber } from '../../src/primitives/json/value.js'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { get, open } from '../support/raw-http.js'
import { ENDLESS, openLevelDb, openServed, temporaryFolder } from '../support/test-node.js'

const CLIENTS = 100
const AT_ONCE = 10

test('a hundred clients that hang up during GET /chain leave no iterator, snapshot or socket, and the store closes', async () => {
  const folder = await temporaryFolder()
  const store = await openLevelDb(folder)
  const held = heldResources(store)
  const { port, node } = await openServed({ store })
  // More than the buffers of two sockets hold, so that nobody's answer ends before he is gone.
  const note = 'x'.repeat(1_000_000)
  for (let i = 0; i < 16; i++) {
    await node.submitPayment({ sender: note, recipient: 'b', amount: JsonNumber.integer(1) })
    await node.mine()
  }
  const sockets = openSockets()
  const moments: ((socket: Socket) => Promise<unknown>)[] = [
    // Once the answer is begun; after the first bytes; after some of the blocks.
    () => expect.poll(() => held.size).toBeGreaterThan(0),
    (socket) => once(socket, 'data'),
    (socket) => receive(socket, 3_000_000),
  ]
  for (let i = 0; i < CLIENTS; i += AT_ONCE) {
    const clients = Array.from({ length: AT_ONCE }, async (_, j) => {
      const socket = await open(port)
      socket.write('GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      await moments[(i + j) % moments.length]!(socket)
      if (j % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    })
    await Promise.all(clients)
  }
  await expect.poll(() => [...held]).toEqual([])
  await expect.poll(openSockets).toBe(sockets)

  expect(JSON.parse((await get(port, '/chain')).text).length).toBe(17)
  await node.close()
  const again = await LevelDbStore.open(join(folder, 'store'), { create: false })
  await again.close()
})

test('clients that hang up on what they asked in one go leave no stream of events, and had one at a time', async () => {
  const { port, node } = await openServed()
  for (let round = 0; round < 2; round++) {
    const socket = await open(port)
    socket.write('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(90))
    await expect.poll(() => openStreams(port)).toBe(1)
    socket.destroy()
    await expect.poll(() => openStreams(port)).toBe(0)
  }
  expect((await node.status()).length).toBe(1)
})

test('of chains that are asked for in one go one is read at a time, and none when the client has hung up', async () => {
  const store = await openLevelDb(await temporaryFolder())
  const held = heldResources(store)
  const { port, node } = await openServed({ store })
  await node.submitPayment({ sender: 'x'.repeat(1_000_000), recipient: 'b', amount: JsonNumber.integer(1) })
  for (let i = 0; i < 16; i++) await node.mine()
  let most = 0
  for (let round = 0; round < 3; round++) {
    const socket = await open(port)
    socket.write('GET /chain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(90))
    await once(socket, 'data')
    most = Math.max(most, held.size)
    socket.destroy()
    await expect.poll(() => held.size).toBe(0)
  }
  // A snapshot, and an iterator of it.
  expect(most).toBeLessThanOrEqual(2)
})

const HOST = 'HTTP/1.1\r\nHost: 127.0.0.1\r\n'
/** What is refused before, or beside, what other requests go through. */
const REFUSED: Readonly<Record<string, string>> = {
  'a body that is no JSON': `POST /transactions/new ${HOST}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{`,
  'a body of another type': `POST /transactions/new ${HOST}Content-Type: text/plain\r\nContent-Length: 1\r\n\r\n{`,
  'an expectation': `GET /api/status ${HOST}Expect: x\r\n\r\n`,
  'paths that cannot be read': `GET /%ff ${HOST}\r\n`.repeat(20),
  'a method that is not there': `DELETE /chain ${HOST}\r\n`.repeat(3),
}

test.each(Object.entries(REFUSED))(
  'behind %s nothing is done for nobody, and one thing at a time',
  async (_, refused) => {
    const store = await openLevelDb(await temporaryFolder())
    const held = heldResources(store)
    const { port, node } = await openServed({ network: ENDLESS, store })
    for (const path of ['/api/events', '/chain', '/mine']) {
      const socket = await open(port)
      socket.write(refused + `GET ${path} ${HOST}\r\n`.repeat(20))
      await once(socket, 'data')
      // Whatever was to be begun is, once the node has answered another.
      expect(await openStreams(port)).toBeLessThanOrEqual(1)
      expect(held.size).toBeLessThanOrEqual(2)
      socket.destroy()
      await expect.poll(() => openStreams(port)).toBe(0)
      await expect.poll(() => held.size).toBe(0)
      await expect.poll(async () => (await node.status()).mining).toBeNull()
    }
  },
)

test('what is asked in one go is answered in its order, bodies and all', async () => {
  const { port } = await openServed()
  const post = (sender: string) => {
    const body = JSON.stringify({ sender, recipient: 'b', amount: 1 })
    return `POST /transactions/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }
  const asked = [
    post('first'),
    'GET /mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    post('x'.repeat(200_000)),
    post('last'),
  ]
  const socket = await open(port)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.write(`${asked.join('')}GET /api/pending HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  await once(socket, 'close')
  const answers = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)
  expect(answers).toEqual(['201', '200', '201', '201', '200'])
  expect(text).toMatch(/Block 2.*New Block Forged.*"sender": "first".*Block 3.*Block 3.*"total": 2/s)
})

test('a search whose client hangs up while it waits behind another answer of his is not begun', async () => {
  const { port, node } = await openServed({ network: ENDLESS })
  const socket = await open(port)
  socket.write('GET /mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(3))
  await expect.poll(async () => (await node.status()).mining).not.toBeNull()
  socket.destroy()
  await expect.poll(async () => (await node.status()).mining).toBeNull()
  // Whoever comes next does not wait behind searches for nobody.
  const mining = new AbortController()
  const mined = node.mine({ signal: mining.signal, onProgress: () => mining.abort(new Error('begun')) })
  await expect(mined).rejects.toThrow('begun')
})

async function openStreams(port: number): Promise<number> {
  const { text } = await get(port, '/metrics')
  return Number(/^chain_event_streams (\d+)$/m.exec(text)?.[1])
}

/** What is open of a store: its iterators, snapshots and batches, as LevelDB's library books them. */
function heldResources(store: LevelDbStore): ReadonlySet<unknown> {
  const { level } = store as unknown as { level: Record<'attachResource' | 'detachResource', (each: unknown) => void> }
  const { attachResource, detachResource } = level
  const held = new Set<unknown>()
  level.attachResource = (resource) => {
    held.add(resource)
    attachResource.call(level, resource)
  }
  level.detachResource = (resource) => {
    held.delete(resource)
    detachResource.call(level, resource)
  }
  return held
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}

async function receive(socket: Socket, bytes: number): Promise<void> {
  for (let received = 0; received < bytes; ) received += ((await once(socket, 'data'))[0] as Buffer).length
}
