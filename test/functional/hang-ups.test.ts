import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { JsonNumber } from '../../src/primitives/json/value.js'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { get, open } from '../support/raw-http.js'
import { openLevelDb, openServed, temporaryFolder } from '../support/test-node.js'

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
