import { expect, onTestFinished, test } from 'vitest'
import { HomeNode } from '../../../src/cli/nodes/home-node.js'
import { jsonObject } from '../../../src/primitives/json/value.js'
import { answer, deadAddress, listen } from '../../support/peer-server.js'
import { connect, openServed } from '../../support/test-node.js'

/** What is asked of a command's node that ends meanwhile: what was certainly not done, or may be done twice, is asked of the next. */

const PAYMENT = jsonObject({ sender: 'a', recipient: 'b', amount: 'of no matter here' })

/** The node of a home that is held at these addresses, one after the other. */
async function homeNode(addresses: readonly string[], { isBorrowed = true } = {}): Promise<HomeNode> {
  let opened = 0
  const node = new HomeNode(async () => {
    const api = connect(`http://${addresses[opened++]}`)
    return { api, identity: 'a', isBorrowed, close: () => api.close() }
  }, 'look there')
  onTestFinished(() => node.close())
  return node
}

/** Hears what is asked, and hangs up or answers that. */
async function ending(reply?: Buffer): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  const address = await listen((socket, head) => {
    asked.push(head.split(' HTTP', 1)[0]!)
    if (reply === undefined) socket.destroy()
    else socket.end(reply)
  })
  return { address, asked }
}

const SHUTTING_DOWN = answer('{"error": {"code": "shutting-down", "message": "the node is shutting down"}}', {
  status: '503 Service Unavailable',
})

test('a search and a question are asked of the next node when one hangs up, again and again', async () => {
  const [first, second, last] = [await ending(), await ending(), await openServed()]
  expect((await (await homeNode([first.address, second.address, last.address])).mine()).height).toBe(2)
  expect((await (await homeNode([first.address, last.address])).status()).length).toBe(2)
  expect(first.asked).toEqual(['POST /api/mine', 'GET /api/status'])
  expect(second.asked).toEqual(['POST /api/mine'])
})

test('a payment is not, as it may have been taken', async () => {
  const [first, second] = [await ending(), await ending()]
  const node = await homeNode([first.address, second.address])
  await expect(node.submitPayment(PAYMENT)).rejects.toMatchObject({
    code: 'node-unreachable',
    message: 'the command that held the node died before it answered: whether it did this is not known',
    hint: 'look there',
  })
  await expect(node.removePeer('localhost:1')).rejects.toMatchObject({ code: 'node-unreachable' })
  expect(first.asked).toHaveLength(2)
  expect(second.asked).toEqual([])
})

test('but where nobody listened any more, or it was said that nothing was done, it is', async () => {
  const [stopping, last] = [await ending(SHUTTING_DOWN), await openServed()]
  const node = await homeNode([await deadAddress(), stopping.address, last.address])
  // Refused for what it is: so it was asked of the last one.
  await expect(node.submitPayment(PAYMENT)).rejects.toMatchObject({ code: 'bad-amount' })
  expect(stopping.asked).toEqual(['POST /transactions/new'])
})

test('calls that fail at the same time open the next node once', async () => {
  const [first, last] = [await ending(), await openServed()]
  const node = await homeNode([first.address, last.address])
  const lengths = await Promise.all(
    [node.status(), node.status(), node.status()].map(async (each) => (await each).length),
  )
  expect(lengths).toEqual([1, 1, 1])
})

test('a node that runs by itself is not replaced: that it cannot be reached is the answer', async () => {
  const [first, second] = [await ending(SHUTTING_DOWN), await ending()]
  const node = await homeNode([first.address, second.address], { isBorrowed: false })
  await expect(node.status()).rejects.toMatchObject({ code: 'shutting-down' })
  expect(second.asked).toEqual([])
})

test('what is closed opens nothing any more', async () => {
  const second = await ending()
  const silent = await listen(() => void node.close())
  const node = await homeNode([silent, second.address])
  await expect(node.status()).rejects.toMatchObject({ code: 'node-unreachable' })
  expect(second.asked).toEqual([])
})
