import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { deadAddress } from '../support/peer-server.js'

/** `--json` is for programs: one document on one line of stdout, with keys that stay, and nothing else anywhere. */

const hash = expect.stringMatching(/^[0-9a-f]{64}$/)
const identity = expect.stringMatching(/^[0-9a-f]{32}$/)
const block = {
  index: expect.any(Number),
  previous_hash: expect.anything(),
  proof: expect.any(Number),
  timestamp: expect.any(Number),
  transactions: expect.any(Array),
}
const transaction = { sender: identity, recipient: 'bob', amount: 5 }

test('mine: height, hash and block, and what the search took', async () => {
  const machine = await Machine.create()
  // One thread computes the hashes of the article's loop, and no more.
  expect(await machine.json('mine', '--threads', '1')).toEqual({
    height: 2,
    hash,
    block,
    hashes: 35_294,
    elapsedMs: expect.any(Number),
  })
})

test('mine --count: a line for each block', async () => {
  const machine = await Machine.create()
  const { stdout, stderr } = await machine.run('mine', '--count', '3', '--json')
  expect(stderr).toBe('')
  const heights = stdout.trimEnd().split('\n')
  expect(heights.map((line) => JSON.parse(line).height)).toEqual([2, 3, 4])
})

test('send, pending, balance, status, chain', async () => {
  const machine = await Machine.create()
  expect(await machine.json('send', '--to', 'bob', '--amount', '5')).toEqual({ transaction, block: 2 })
  expect(await machine.json('send', '--to', 'bob', '--amount', '5', '--dry-run')).toEqual(transaction)
  expect(await machine.json('pending')).toEqual({ total: 1, transactions: [transaction] })
  expect(await machine.json('balance', 'bob')).toEqual({ address: 'bob', amount: '0', uncounted: 0, length: 1 })
  expect(await machine.json('status')).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    network: 'tutorial',
    identity,
    rewardsTo: identity,
    length: 1,
    tip: hash,
    pending: 1,
    peers: 0,
    mining: null,
    syncing: null,
  })
  expect(await machine.json('chain')).toEqual({ length: 1, blocks: [{ height: 1, hash, block }] })
  expect(await machine.json('chain', '--full')).toEqual({ length: 1, blocks: [{ height: 1, hash, block }] })
})

test('peers and resolve', async () => {
  const machine = await Machine.create()
  const peer = await deadAddress()
  expect(await machine.json('peers', 'list')).toEqual({ peers: [] })
  expect(await machine.json('peers', 'add', `http://${peer}`)).toEqual({ peers: [peer] })
  expect(await machine.json('resolve')).toEqual({
    replaced: false,
    lengthBefore: 1,
    length: 1,
    forkedAt: null,
    returned: 0,
    asked: 1,
    verdicts: [{ peer, outcome: 'unreachable', message: expect.any(String) }],
    clockAhead: null,
  })
  expect(await machine.json('peers', 'remove', peer)).toEqual({ peers: [] })
})

test('serve: one line with the address, and no line for each request', async () => {
  const machine = await Machine.create()
  const node = await machine.serve('--json')
  await machine.json('mine')
  const { code, stdout, stderr } = await node.stop()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^[^\n]+\n$/)
  expect(JSON.parse(stdout)).toEqual({
    url: node.url,
    network: 'tutorial',
    name: String(node.port),
    identity,
    rewardsTo: identity,
    folder: `${machine.data}/tutorial/${node.port}`,
    length: 1,
    pid: node.pid,
  })
})

test.each([
  [
    ['send', '--from', '0', '--to', 'bob', '--amount', '1'],
    5,
    { code: 'bad-address', message: expect.any(String), hint: expect.stringMatching(/identity/) },
  ],
  [['send', '--to', 'bob'], 2, { code: 'usage', message: expect.any(String), hint: 'add --amount NUMBER' }],
  [
    ['status', '--node', '127.0.0.1:1'],
    3,
    { code: 'node-unreachable', message: expect.any(String), hint: expect.any(String) },
  ],
  [
    ['peers', 'remove', 'localhost:9'],
    5,
    { code: 'not-found', message: expect.any(String), hint: 'chain peers list --port 5000 shows them' },
  ],
])('an error is a document on stderr, and stdout is empty: %j', async (args, code, error) => {
  const outcome = await (await Machine.create()).run(...args, '--json')
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toMatch(/^[^\n]+\n$/)
  expect(JSON.parse(outcome.stderr)).toEqual({ error })
})
