import { connect as connectTo, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { exactJson } from '../../src/api/documents.js'
import { ApiError } from '../../src/api/errors.js'
import type { NodeApi } from '../../src/api/node-api.js'
import type { NodeEvent } from '../../src/api/schemas.js'
import type { Block } from '../../src/consensus/rules.js'
import { HttpNodeApi } from '../../src/http/http-node-api.js'
import { JsonClient } from '../../src/http/json-client.js'
import { PythonNodeApi } from '../../src/http/python-node-api.js'
import type { Node } from '../../src/node/node.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { type JsonValue, parseJson, printJson } from '../../src/primitives/json/value.js'
import { buildChain, chainAnswer, dumps, hashOf, sha256 } from '../support/chains.js'
import { answer, answering, deadAddress, listen } from '../support/peer-server.js'
import { startPython } from '../support/python-node.js'
import {
  connect,
  ENDLESS,
  HeldSearcher,
  mineBlocks,
  openNode,
  openServed,
  QUICK,
  serve,
  type TestNodeOptions,
  TUTORIAL,
  TUTORIAL_BOUND,
} from '../support/test-node.js'

interface Opened {
  readonly api: NodeApi
  /** The node behind the API. */
  readonly node: Node<Block>
}

const IMPLEMENTATIONS: [name: string, open: (options?: TestNodeOptions) => Promise<Opened>][] = [
  [
    'Node',
    async (options) => {
      const node = await openNode(options)
      return { api: node, node }
    },
  ],
  [
    'HttpNodeApi',
    async (options) => {
      const node = await openNode(options)
      return { api: connect((await serve(node)).url), node }
    },
  ],
]

describe.each(IMPLEMENTATIONS)('%s', (_name, open) => {
  describe('status', () => {
    test('tells the chain, the identity and how much is pending, registered and mined', async () => {
      const { api, node } = await open({ identity: 'abcd' })
      const { blocks } = await node.blocks({ from: 1, limit: 1 })
      expect(await api.status()).toStrictEqual({
        version: '1.2.3',
        network: 'quick',
        identity: 'abcd',
        rewardsTo: 'abcd',
        length: 1,
        tip: blocks[0].hash,
        pending: 0,
        peers: 0,
        mining: null,
        syncing: null,
      })
    })

    test('follows the chain, the pool and the peers', async () => {
      const { api } = await open()
      const mined = await api.mine()
      await api.submitPayment(json('{"sender":"a","recipient":"b","amount":1}'))
      await api.addPeers(['127.0.0.1:1', '127.0.0.1:2'])
      expect(await api.status()).toMatchObject({ length: 2, tip: mined.hash, pending: 1, peers: 2 })
    })

    test('tells of the search that is under way', async () => {
      const { api } = await open({ network: ENDLESS })
      const stop = new AbortController()
      const mining = api.mine({ signal: stop.signal })
      mining.catch(() => {})
      await expect.poll(async () => (await api.status()).mining?.hashes).toBeGreaterThan(0)
      stop.abort(new Error('enough'))
      await expect(mining).rejects.toThrow('enough')
    })
  })

  describe('mine', () => {
    test('appends a block that pays the identity 1, last, and tells its hash, height and exact JSON', async () => {
      const { api } = await open({ identity: 'me' })
      await api.submitPayment(json('{"sender":"a","recipient":"b","amount":1e2}'))
      const mined = await api.mine()
      expect(mined.height).toBe(2)
      expect(mined.hash).toBe(sha256(printJson(mined.block)))
      expect(printJson(mined.block.transactions!)).toBe(
        '[{"amount": 100.0, "recipient": "b", "sender": "a"}, {"amount": 1, "recipient": "me", "sender": "0"}]',
      )
      expect(Object.keys(mined.block).sort()).toEqual(['index', 'previous_hash', 'proof', 'timestamp', 'transactions'])
      const { blocks } = await api.blocks({ from: 1, limit: 2 })
      expect(mined.block.previous_hash).toBe(blocks[0].hash)
      expect(blocks[1]).toStrictEqual({ height: 2, hash: mined.hash, block: mined.block })
    })

    test('counts the hashes from proof 0 on: the proof is the smallest', async () => {
      const { api } = await open({ network: TUTORIAL })
      const { block, hashes, elapsedMs } = await api.mine()
      expect(String(block.proof)).toBe('35293')
      // Other threads may be ahead of the one that finds it.
      expect(hashes).toBeGreaterThanOrEqual(35_294)
      expect(elapsedMs).toBeGreaterThan(0)
    })

    test('mines one at a time: several that are asked for at once stand on each other', async () => {
      const { api } = await open()
      const mined = await Promise.all([api.mine(), api.mine(), api.mine(), api.mine()])
      const sorted = mined.toSorted((a, b) => a.height - b.height)
      expect(sorted.map(({ height }) => height)).toEqual([2, 3, 4, 5])
      for (let i = 1; i < 4; i++) expect(sorted[i].block.previous_hash).toBe(sorted[i - 1].hash)
    })

    test('ends when it is aborted, with the reason, and leaves the chain as it was', async () => {
      const { api, node } = await open({ network: ENDLESS })
      const stop = new AbortController()
      const reason = new Error('the user pressed a key')
      const mining = api.mine({ signal: stop.signal })
      mining.catch(() => {})
      await expect.poll(async () => (await node.status()).mining).not.toBeNull()
      stop.abort(reason)
      await expect(mining).rejects.toBe(reason)
      await expect.poll(async () => (await node.status()).mining).toBeNull()
      expect((await api.status()).length).toBe(1)
    })

    test('an aborted mine does not take the next one along', async () => {
      const searcher = new HeldSearcher()
      const { api, node } = await open({ searcher })
      const stop = new AbortController()
      const first = api.mine({ signal: stop.signal })
      first.catch(() => {})
      await expect.poll(() => searcher.jobs.length).toBe(1)
      const second = api.mine()
      stop.abort(new Error('only the first'))
      await expect(first).rejects.toThrow('only the first')
      await expect.poll(() => searcher.jobs.length).toBe(2)
      searcher.release()
      expect((await second).height).toBe(2)
      expect((await node.status()).length).toBe(2)
    })

    test('does not begin with a signal that is aborted already', async () => {
      const { api, node } = await open()
      await expect(api.mine({ signal: AbortSignal.abort(new Error('never mind')) })).rejects.toThrow('never mind')
      expect((await node.status()).length).toBe(1)
    })

    test('reports progress', async () => {
      const { api } = await open({ network: ENDLESS })
      const stop = new AbortController()
      const heard = await new Promise((resolve) => {
        const onProgress = (progress: { hashes: number | undefined }): void => {
          if (progress.hashes !== undefined && progress.hashes > 0) resolve(progress)
        }
        api.mine({ signal: stop.signal, onProgress }).catch(() => {})
      })
      stop.abort(new Error('heard'))
      expect(heard).toMatchObject({ expectedHashes: 16 ** 60 })
    })
  })

  describe('submitPayment', () => {
    test('is accepted for the next block, and pending with its number exact', async () => {
      const { api } = await open()
      await api.mine()
      const payment = json('{"sender":"a","recipient":"b","amount":12345678901234567890}')
      expect(await api.submitPayment(payment)).toEqual({ height: 3 })
      const { total, transactions } = await api.pending({ limit: 10 })
      expect(total).toBe(1)
      expect(transactions.map(printJson)).toEqual(['{"amount": 12345678901234567890, "recipient": "b", "sender": "a"}'])
    })

    test.each([
      // The code, the payment, and what the message must name.
      ['missing-value', '{}', 'sender'],
      ['missing-value', '{"sender":"a","amount":1}', 'recipient'],
      ['missing-value', '{"sender":"a","recipient":"b"}', 'amount'],
      ['bad-address', '{"sender":"","recipient":"b","amount":1}', 'sender'],
      ['bad-address', '{"sender":"a","recipient":5,"amount":1}', 'recipient'],
      ['bad-address', '{"sender":"0","recipient":"b","amount":1}', 'sender'],
      ['bad-amount', '{"sender":"a","recipient":"b","amount":"5"}', 'amount'],
      ['bad-amount', '{"sender":"a","recipient":"b","amount":0}', 'amount'],
      ['bad-amount', '{"sender":"a","recipient":"b","amount":-1}', 'amount'],
      ['bad-amount', '{"sender":"a","recipient":"b","amount":-0.0}', 'amount'],
      ['bad-format', '[1]', 'object'],
      ['bad-format', '"text"', 'object'],
    ])('%s: %s', async (code, payment, named) => {
      const { api } = await open()
      const error = await refusal(api.submitPayment(json(payment)))
      expect(error.code).toBe(code)
      // Over HTTP a missing field has the tutorial's own text, which does not name it.
      expect(error.message).toMatch(
        code === 'missing-value' ? new RegExp(`"${named}" is missing|Missing values`) : named,
      )
      if (code !== 'missing-value') expect(error.hint).toMatch(/\w/)
      expect((await api.status()).pending).toBe(0)
    })
  })

  test('pending: the first of them, in the order of their arrival, and how many there are', async () => {
    const { api } = await open()
    for (const amount of [1, 2, 3]) await api.submitPayment(json(`{"sender":"a","recipient":"b","amount":${amount}}`))
    const { total, transactions } = await api.pending({ limit: 2 })
    expect(total).toBe(3)
    expect(transactions.map((transaction) => printJson((transaction as { amount: JsonValue }).amount))).toEqual([
      '1',
      '2',
    ])
    expect(await api.pending({ limit: 0 })).toEqual({ total: 3, transactions: [] })
  })

  describe('blocks', () => {
    test.each([
      [{ from: 1, limit: 5 }, [1, 2, 3, 4, 5]],
      [{ from: 1, limit: 2 }, [1, 2]],
      [{ from: 4, limit: 100 }, [4, 5]],
      [{ from: 5, limit: 1 }, [5]],
      [{ from: 6, limit: 1 }, []],
      [{ from: 4_000_000_000, limit: 1000 }, []],
    ])('%o of 5 are %o', async (range, heights) => {
      const { api, node } = await open()
      await mineBlocks(node, 4)
      const { length, blocks } = await api.blocks(range)
      expect(length).toBe(5)
      expect(blocks.map(({ height }) => height)).toEqual(heights)
      for (const { height, hash, block } of blocks) {
        expect(printJson(block.index!)).toBe(String(height))
        expect(hash).toBe(sha256(printJson(block)))
      }
    })

    test('keeps numbers that JavaScript would not', async () => {
      const { api } = await open()
      await api.submitPayment(json('{"sender":"é😀\\u007f\\ud800","recipient":"__proto__","amount":0.00001}'))
      await api.mine()
      const { blocks } = await api.blocks({ from: 2, limit: 1 })
      const [payment] = blocks[0].block.transactions as JsonValue[]
      expect(printJson(payment)).toBe(
        '{"amount": 1e-05, "recipient": "__proto__", "sender": "\\u00e9\\ud83d\\ude00\\u007f\\ud800"}',
      )
    })
  })

  describe('balance', () => {
    test('is the exact decimal sum of what was got and sent', async () => {
      const { api } = await open({ identity: 'me' })
      for (const amount of ['0.1', '0.2', '12345678901234567890']) {
        await api.submitPayment(json(`{"sender":"me","recipient":"you","amount":${amount}}`))
      }
      await api.mine()
      const you = { address: 'you', amount: '12345678901234567890.3', uncounted: 0, length: 2 }
      expect(await api.balance('you')).toStrictEqual(you)
      expect(await api.balance('me')).toMatchObject({ amount: '-12345678901234567889.3' })
    })

    test('of an address that nobody paid is 0', async () => {
      const { api } = await open()
      expect(await api.balance('&=?#/ é')).toStrictEqual({ address: '&=?#/ é', amount: '0', uncounted: 0, length: 1 })
    })
  })

  describe('block', () => {
    test('is found by its height, its hash and the first digits of that', async () => {
      const { api } = await open()
      const mined = await api.mine()
      const expected = { height: 2, hash: mined.hash, block: mined.block, length: 2 }
      expect(await api.block(2)).toStrictEqual(expected)
      expect(await api.block(mined.hash)).toStrictEqual(expected)
      expect(await api.block(mined.hash.slice(0, 10))).toStrictEqual(expected)
    })

    test.each([0, 3, 4_000_000_000, '0'.repeat(64), 'f'.repeat(64), 'ffffffffff'])('not-found: %j', async (id) => {
      const { api } = await open()
      await api.mine()
      expect(await refusal(api.block(id))).toMatchObject({ code: 'not-found' })
    })
  })

  describe('transaction', () => {
    test('is found by its id, the first digits of that and its place, in a block and before', async () => {
      const { api } = await open({ identity: 'me' })
      await api.submitPayment(json('{"sender":"a","recipient":"b","amount":1e2}'))
      const transaction = json('{"amount":100.0,"recipient":"b","sender":"a"}')
      const id = sha256('{"amount": 100.0, "recipient": "b", "sender": "a"}')
      const waiting = { id, transaction, pending: 1, places: [], more: false, length: 1 }
      expect(await api.transaction(id)).toStrictEqual(waiting)
      expect(await api.transaction(id.slice(0, 10))).toStrictEqual(waiting)
      const { hash, block } = await api.mine()
      const time = Number(String(block.timestamp))
      const places = [{ height: 2, position: 0, blockHash: hash, time }]
      const mined = { id, transaction, pending: 0, places, more: false, length: 2 }
      expect(await api.transaction(id)).toStrictEqual(mined)
      expect(await api.transaction({ height: 2, position: 0 })).toStrictEqual(mined)
      expect(await api.transaction({ height: 2, position: 1 })).toMatchObject({
        id: sha256('{"amount": 1, "recipient": "me", "sender": "0"}'),
      })
    })

    test('that was made several times has several places, the last one first, and only 20 of them', async () => {
      const { api, node } = await open({ identity: 'me' })
      await mineBlocks(node, 21)
      const { places, more } = await api.transaction(sha256('{"amount": 1, "recipient": "me", "sender": "0"}'))
      expect(places.map(({ height }) => height)).toEqual(Array.from({ length: 20 }, (_, i) => 22 - i))
      expect(more).toBe(true)
    })

    test.each(['0'.repeat(64), 'abcdef1234', { height: 1, position: 0 }, { height: 9, position: 0 }])(
      'not-found: %j',
      async (id) => {
        const { api } = await open()
        expect(await refusal(api.transaction(id))).toMatchObject({ code: 'not-found' })
      },
    )
  })

  describe('history', () => {
    test('has what names an address, the last one first, page by page', async () => {
      const { api } = await open({ identity: 'me' })
      for (const amount of [1, 2, 3]) await api.submitPayment(json(`{"sender":"a","recipient":"b","amount":${amount}}`))
      await api.submitPayment(json('{"sender":"c","recipient":"d","amount":4}'))
      const { hash, block } = await api.mine()
      const time = Number(String(block.timestamp))
      const entry = (position: number, amount: number) => ({
        height: 2,
        position,
        blockHash: hash,
        time,
        id: sha256(`{"amount": ${amount}, "recipient": "b", "sender": "a"}`),
        transaction: json(`{"amount":${amount},"recipient":"b","sender":"a"}`),
      })
      expect(await api.history({ address: 'b', limit: 2 })).toStrictEqual({
        address: 'b',
        length: 2,
        transactions: [entry(2, 3), entry(1, 2)],
        next: { height: 2, position: 1 },
      })
      expect(await api.history({ address: 'b', limit: 2, before: { height: 2, position: 1 } })).toStrictEqual({
        address: 'b',
        length: 2,
        transactions: [entry(0, 1)],
        next: null,
      })
      expect(await api.history({ address: 'nobody', limit: 2 })).toMatchObject({ transactions: [], next: null })
    })
  })

  describe('events', () => {
    test('tell of blocks, transactions and peers, as they come', async () => {
      const { api } = await open({ identity: 'me' })
      const events = follow(api)
      await events.ready
      await api.submitPayment(json('{"sender":"a","recipient":"b","amount":1.50}'))
      const mined = await api.mine()
      await api.addPeers(['127.0.0.1:1', '127.0.0.1:2'])
      await api.addPeers(['127.0.0.1:1'])
      await api.removePeer('127.0.0.1:2')
      await expect.poll(() => events.lasting.length).toBe(5)
      expect(events.lasting).toEqual([
        {
          type: 'transaction',
          id: sha256('{"amount": 1.5, "recipient": "b", "sender": "a"}'),
          transaction: json('{"amount":1.5,"recipient":"b","sender":"a"}'),
        },
        {
          type: 'block',
          height: 2,
          hash: mined.hash,
          mined: true,
          time: Number(String(mined.block.timestamp)),
          transactions: 2,
        },
        { type: 'peer', peer: '127.0.0.1:1', change: 'added' },
        { type: 'peer', peer: '127.0.0.1:2', change: 'added' },
        { type: 'peer', peer: '127.0.0.1:2', change: 'removed' },
      ])
    })

    test('tell what came of a resolve', async () => {
      const { api } = await open()
      const longer = await openServed()
      await mineBlocks(longer.node, 2)
      const events = follow(api)
      await events.ready
      await api.addPeers([longer.address])
      await api.resolve()
      await expect.poll(() => events.lasting.length).toBe(3)
      const { tip } = await longer.node.status()
      const replaced = { peer: longer.address, lengthBefore: 1, length: 3, tip, forkedAt: 0, returned: 0 }
      expect(events.lasting.slice(1)).toEqual([
        { type: 'chain-replaced', ...replaced },
        expect.objectContaining({ type: 'peer-answer', peer: longer.address, outcome: 'adopted', length: 3 }),
      ])
    })

    test('tell how a search stands, and when it is over', async () => {
      const { api } = await open({ network: ENDLESS })
      const events = follow(api)
      await events.ready
      const stop = new AbortController()
      const mining = api.mine({ signal: stop.signal })
      mining.catch(() => {})
      await expect.poll(() => events.all.some((event) => event.type === 'mining' && event.progress !== null)).toBe(true)
      stop.abort(new Error('enough'))
      await expect.poll(() => events.all.at(-1)).toEqual({ type: 'mining', progress: null })
    })

    test('are repeated from the one on that is known', async () => {
      const { api } = await open()
      const first = follow(api)
      await first.ready
      await api.addPeers(['127.0.0.1:1'])
      await expect.poll(() => first.ids.length).toBe(2)
      await api.addPeers(['127.0.0.1:2'])
      const second = follow(api, first.ids[1])
      await expect.poll(() => second.lasting).toEqual([{ type: 'peer', peer: '127.0.0.1:2', change: 'added' }])
    })

    test('missed: an id of another run of the node', async () => {
      const { api } = await open()
      const events = follow(api, 'otherrun-7')
      await expect.poll(() => events.all).toEqual([{ type: 'missed' }])
    })

    test('end when they are no longer wanted', async () => {
      const { api } = await open()
      const events = follow(api)
      await events.ready
      events.stop()
      await events.over
    })
  })

  describe('peers', () => {
    test('are host:port, once each, whatever the form they are written in', async () => {
      const { api } = await open()
      expect(await api.peers()).toEqual([])
      const added = await api.addPeers(['http://127.0.0.1:5001', '127.0.0.1:5000', 'http://127.0.0.1:5000/'])
      expect(added).toEqual(['127.0.0.1:5000', '127.0.0.1:5001'])
      expect(await api.addPeers(['localhost:5001', 'http://[::1]:7', 'example.org'])).toHaveLength(5)
      expect(await api.peers()).toEqual(
        ['127.0.0.1:5000', '127.0.0.1:5001', '[::1]:7', 'example.org:80', 'localhost:5001'].map((address) => ({
          address,
          lastAnswer: null,
        })),
      )
    })

    test('have the outcome of the last resolve, and when that was', async () => {
      const { api } = await open()
      const dead = await deadAddress()
      await api.addPeers([dead])
      const before = Date.now() / 1000
      const { verdicts } = await api.resolve()
      const [{ peer, ...verdict }] = verdicts as [(typeof verdicts)[number]]
      const [found] = await api.peers()
      expect(found).toEqual({ address: peer, lastAnswer: { ...verdict, at: expect.any(Number) } })
      expect(found!.lastAnswer!.at).toBeGreaterThan(before - 1)
      await api.removePeer(dead)
      await api.addPeers([dead])
      expect(await api.peers()).toEqual([{ address: dead, lastAnswer: null }])
    })

    test('are removed in any form too', async () => {
      const { api } = await open()
      await api.addPeers(['127.0.0.1:5000', '[::1]:7'])
      expect(await api.removePeer('http://127.0.0.1:5000')).toEqual(['[::1]:7'])
      expect(await api.removePeer('[::1]:7')).toEqual([])
    })

    test('not-found: one that is not registered cannot be removed', async () => {
      const { api } = await open()
      const error = await refusal(api.removePeer('127.0.0.1:5000'))
      expect(error).toMatchObject({ code: 'not-found', message: expect.stringContaining('127.0.0.1:5000') })
      expect(error.hint).toBeTypeOf('string')
    })

    test.each([
      'https://127.0.0.1:5000',
      'ftp://127.0.0.1',
      'http://user:secret@127.0.0.1:5000',
      'http://127.0.0.1:5000/chain',
      'http://127.0.0.1:5000?a=b',
      'http://127.0.0.1:5000#a',
      '127.0.0.1:0',
      '127.0.0.1:65536',
      'http://',
      '',
      'two words',
    ])('bad-peer-address: %j', async (address) => {
      const { api } = await open()
      expect(await refusal(api.addPeers(['127.0.0.1:5000', address]))).toMatchObject({
        code: 'bad-peer-address',
        hint: 'write it like http://192.168.0.5:5000',
      })
      // None of a list with a bad one is added.
      expect(await api.peers()).toEqual([])
    })

    test('too-many-peers: 64 are kept, a 65th is refused and all that came with it', async () => {
      const { api } = await open()
      const addresses = Array.from({ length: 63 }, (_, i) => `127.0.0.1:${i + 1}`)
      expect(await api.addPeers(addresses)).toHaveLength(63)
      expect(await refusal(api.addPeers(['127.0.0.2:1', '127.0.0.2:2']))).toMatchObject({ code: 'too-many-peers' })
      expect(await api.addPeers(['127.0.0.2:1'])).toHaveLength(64)
      expect(await refusal(api.addPeers(['127.0.0.2:2']))).toMatchObject({
        code: 'too-many-peers',
        message: expect.stringContaining('64'),
      })
      // One that is known takes no room.
      expect(await api.addPeers(['127.0.0.2:1'])).toHaveLength(64)
    })

    test('too-many-peers: of more than 64 at once none is read', async () => {
      const { api } = await open()
      const addresses = Array.from({ length: 65 }, () => 'no address')
      expect(await refusal(api.addPeers(addresses))).toMatchObject({ code: 'too-many-peers' })
      expect(await refusal(api.addPeers(addresses.slice(1)))).toMatchObject({ code: 'bad-peer-address' })
    })
  })

  describe('resolve', () => {
    test('reports that nothing changed where there are no peers', async () => {
      const { api } = await open()
      expect(await api.resolve()).toStrictEqual({
        asked: 0,
        replaced: false,
        lengthBefore: 1,
        length: 1,
        forkedAt: null,
        returned: 0,
        verdicts: [],
        clockAhead: null,
      })
    })

    test('reports what was adopted, what came back, and a verdict for each peer', async () => {
      const { api, node } = await open()
      await api.submitPayment(json('{"sender":"a","recipient":"b","amount":1}'))
      await api.mine()
      const best = await answering(chainAnswer(buildChain({ length: 4, zeros: 2, time: 1 })))
      const shorter = await answering(chainAnswer(buildChain({ length: 1, zeros: 2, time: 2 })))
      const dead = await deadAddress()
      await api.addPeers([best, shorter, dead])
      const { verdicts, ...report } = await api.resolve()
      const lengths = { lengthBefore: 2, length: 4, forkedAt: 0 }
      expect(report).toStrictEqual({ asked: 3, replaced: true, ...lengths, returned: 1, clockAhead: null })
      const text = expect.any(String)
      expect(new Map(verdicts.map((verdict) => [verdict.peer, verdict]))).toStrictEqual(
        new Map([
          [best, { peer: best, outcome: 'adopted', length: 4, message: text }],
          [shorter, { peer: shorter, outcome: 'shorter', length: 1, message: text }],
          [dead, { peer: dead, outcome: 'unreachable', message: text }],
        ]),
      )
      expect((await node.status()).length).toBe(4)
    })

    test('ends when it is aborted, with the reason', async () => {
      const { api } = await open()
      const stop = new AbortController()
      const asked = new Promise<void>((resolve) => {
        listen(() => resolve()).then((address) => api.addPeers([address]).then(() => begin()))
      })
      let resolving: Promise<unknown> | undefined
      const begin = (): void => {
        resolving = api.resolve({ signal: stop.signal })
        resolving.catch(() => {})
      }
      await asked
      stop.abort(new Error('no patience'))
      await expect(resolving).rejects.toThrow('no patience')
      expect((await api.status()).length).toBe(1)
    })
  })

  test('close: a search and a survey that are under way are refused, not left hanging', async () => {
    const { api, node } = await open({ network: ENDLESS })
    const asked = new Promise<void>((resolve) => {
      listen(() => resolve()).then((address) => node.addPeers([address]).then(() => node.resolve().catch(() => {})))
    })
    const mining = refusal(api.mine())
    await asked
    await expect.poll(async () => (await node.status()).mining).not.toBeNull()
    await node.close()
    expect(await mining).toMatchObject({ code: 'shutting-down' })
  })
})

describe('HttpNodeApi', () => {
  test('node-unreachable: nobody listens', async () => {
    const api = connect(`http://${await deadAddress()}`)
    const error = await refusal(api.status())
    expect(error).toMatchObject({ code: 'node-unreachable', message: expect.stringContaining('nobody listens there') })
    expect(error.hint).toBeTypeOf('string')
  })

  test('node-unreachable: the node hangs up', async () => {
    const api = connect(`http://${await listen((socket) => socket.end())}`)
    const gone = { code: 'node-unreachable', message: expect.stringContaining('closed the connection') }
    expect(await refusal(api.status())).toMatchObject(gone)
    expect(await refusal(api.mine())).toMatchObject(gone)
  })

  test('node-unreachable: what answers does not speak HTTP', async () => {
    const api = connect(`http://${await listen((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))}`)
    const error = await refusal(api.status())
    expect(error).toMatchObject({ code: 'node-unreachable', message: expect.stringContaining('not proper HTTP') })
  })

  test('timeout: the node accepts the connection and stays silent', async () => {
    const client = new JsonClient(`http://${await listen(() => {})}`, { timeoutMs: 50 })
    const error = await refusal(client.json('/api/status'))
    await client.close()
    expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('0.05 s') })
  })

  test('timeout: a node that works, and does not even say that it does, is given up', async () => {
    const silent = new HttpNodeApi(new JsonClient(`http://${await listen(() => {})}`, { timeoutMs: 50 }))
    onTestFinished(() => silent.close())
    const late = { code: 'timeout', message: expect.stringContaining('0.05 s') }
    const refused = [silent.mine({ onProgress: () => {} }), silent.resolve()].map(refusal)
    for (const each of refused) expect(await each).toMatchObject(late)
  })

  test('a payment whose answer is lost may have been taken up, and that is said; one that nobody heard of was not', async () => {
    const { node, url } = await openServed()
    const upstream = new URL(url)
    // Hands on what it hears, and hangs up, or stays silent, where the answer should come.
    const lossy = (lose: (socket: Socket) => void) =>
      listen((socket, head) => {
        const onward = connectTo(Number(upstream.port), '127.0.0.1', () => onward.write(head, 'latin1'))
        socket.pipe(onward)
        onward.once('data', () => lose(socket))
      })
    const payment = json('{"sender":"a","recipient":"b","amount":1}')
    const options = { timeoutMs: 1_000, howToLook: (at: string) => `look at ${at}` }
    for (const [lose, code, hint] of [
      [(socket: Socket) => socket.destroy(), 'node-unreachable', 'look at pending'],
      [() => {}, 'timeout', 'look at pending; give it longer with --timeout SECONDS'],
    ] as const) {
      const client = new HttpNodeApi(new JsonClient(`http://${await lossy(lose)}`, options))
      onTestFinished(() => client.close())
      const message = expect.stringMatching(/whether it did what it was asked is not known$/)
      expect(await refusal(client.submitPayment(payment))).toMatchObject({ code, message, hint })
    }
    expect((await node.status()).pending).toBe(2)
    const nobody = new HttpNodeApi(new JsonClient(`http://${await deadAddress()}`, options))
    expect((await refusal(nobody.submitPayment(payment))).message).toMatch(/nobody listens there$/)
  })

  test('work may take longer than a call as long as the node says how it stands', async () => {
    const { node, url } = await openServed()
    const mined = await node.mine()
    const status = await (await fetch(`${url}/api/status`)).text()
    let asked = 0
    let finish = (): void => {}
    const working = await listen((socket, head) => {
      if (head.startsWith('POST /api/mine ')) finish = () => socket.end(answer(printJson(exactJson(mined))))
      else socket.end(answer(status), () => ++asked === 3 && finish())
    })
    const client = new HttpNodeApi(new JsonClient(`http://${working}`, { timeoutMs: 400 }))
    onTestFinished(() => client.close())
    expect(await client.mine({ onProgress: () => {} })).toEqual(mined)
    expect(asked).toBe(3)
  })

  test.each([
    ['no JSON', 'hello'],
    ['JSON of another shape', '{"status":"ok"}'],
    ['wrong types', '{"length":"1","blocks":[]}'],
    ['a number that no float can hold', '{"length":1e400,"blocks":[]}'],
  ])('bad-answer: %s', async (_what, body) => {
    const api = connect(`http://${await answering(body)}`)
    expect(await refusal(api.status())).toMatchObject({ code: 'bad-answer' })
    expect(await refusal(api.blocks({ from: 1, limit: 1 }))).toMatchObject({ code: 'bad-answer' })
  })

  test('close: an answer that is awaited is given up', async () => {
    const { url, node } = await openServed({ network: ENDLESS })
    const api = connect(url)
    const mining = refusal(api.mine())
    await expect.poll(async () => (await node.status()).mining).not.toBeNull()
    await api.close()
    expect(await mining).toMatchObject({ code: 'node-unreachable' })
    await expect.poll(async () => (await node.status()).mining).toBeNull()
  })
})

describe.each([
  ['article', TUTORIAL],
  ['bound', TUTORIAL_BOUND],
] as const)('PythonNodeApi, %s edition', (edition, network) => {
  async function open(): Promise<PythonNodeApi> {
    const { url } = await startPython({ edition, identity: 'snake' })
    return new PythonNodeApi(new JsonClient(url, { timeoutMs: 10_000 }), network.rules)
  }

  test('mine, submitPayment, blocks and balance', async () => {
    const api = await open()
    expect(await api.submitPayment(json('{"sender":"snake","recipient":"é\\ud800","amount":0.25}'))).toEqual({
      height: 2,
    })
    const mined = await api.mine()
    expect(mined).toMatchObject({ height: 2, hashes: null })
    expect(mined.hash).toBe(sha256(printJson(mined.block)))
    expect(printJson(mined.block.transactions!)).toBe(
      '[{"amount": 0.25, "recipient": "\\u00e9\\ud800", "sender": "snake"}, {"amount": 1, "recipient": "snake", "sender": "0"}]',
    )
    const { length, blocks } = await api.blocks({ from: 1, limit: 5 })
    expect(length).toBe(2)
    expect(blocks.map(({ height }) => height)).toEqual([1, 2])
    // What Python says is the hash of block 1, and what we say.
    expect(blocks[1].block.previous_hash).toBe(blocks[0].hash)
    expect(blocks[1]).toStrictEqual({ height: 2, hash: mined.hash, block: mined.block })
    expect(await api.blocks({ from: 2, limit: 1 })).toStrictEqual({ length: 2, blocks: [blocks[1]] })
    expect(await api.blocks({ from: 3, limit: 1 })).toStrictEqual({ length: 2, blocks: [] })
    expect(await api.balance('snake')).toStrictEqual({ address: 'snake', amount: '0.75', uncounted: 0, length: 2 })
    expect(await api.balance('nobody')).toStrictEqual({ address: 'nobody', amount: '0', uncounted: 0, length: 2 })
    await api.close()
  })

  test('addPeers and resolve: with and without a scheme, then the longer chain is adopted', async () => {
    const api = await open()
    const { address, node } = await openServed({ network })
    await node.mine()
    await node.mine()
    expect(await api.resolve()).toMatchObject({ replaced: false, lengthBefore: 1, length: 1 })
    expect(await api.addPeers([address, 'http://127.0.0.1:9'])).toEqual([address, '127.0.0.1:9'])
    expect(await api.resolve()).toMatchObject({ replaced: true, lengthBefore: 1, length: 3, forkedAt: null })
    expect((await api.blocks({ from: 3, limit: 1 })).blocks[0].hash).toBe((await node.status()).tip)
    await api.close()
  })

  test('missing-value: what Python refuses arrives with its text', async () => {
    const api = await open()
    expect(await refusal(api.submitPayment(json('{"sender":"a"}')))).toMatchObject({
      code: 'missing-value',
      message: expect.stringMatching(/^http:\/\/\S+ refused it: Missing values$/),
    })
    await api.close()
  })

  test('block, transaction and history are worked out from its chain', async () => {
    const api = await open()
    await api.submitPayment(json('{"sender":"a","recipient":"b","amount":2.50}'))
    const { hash, block } = await api.mine()
    const found = { height: 2, hash, block, length: 2 }
    expect(await api.block(2)).toStrictEqual(found)
    expect(await api.block(hash.slice(0, 10))).toStrictEqual(found)
    expect(await refusal(api.block(3))).toMatchObject({ code: 'not-found' })
    const id = sha256('{"amount": 2.5, "recipient": "b", "sender": "a"}')
    const transaction = json('{"amount":2.5,"recipient":"b","sender":"a"}')
    const place = { height: 2, position: 0, blockHash: hash, time: Number(String(block.timestamp)) }
    const transactionFound = { id, transaction, pending: 0, places: [place], more: false, length: 2 }
    expect(await api.transaction(id)).toStrictEqual(transactionFound)
    expect(await api.transaction({ height: 2, position: 0 })).toStrictEqual(transactionFound)
    expect(await refusal(api.transaction({ height: 2, position: 2 }))).toMatchObject({ code: 'not-found' })
    expect(await api.history({ address: 'b', limit: 1 })).toStrictEqual({
      address: 'b',
      length: 2,
      transactions: [{ ...place, id, transaction }],
      next: null,
    })
    const rewards = await api.history({ address: '0', limit: 1 })
    expect(rewards).toMatchObject({ transactions: [{ height: 2, position: 1 }], next: null })
    await api.close()
  })

  test('unsupported: all that the five calls cannot say', async () => {
    const api = await open()
    const calls = [() => api.status(), () => api.pending(), () => api.peers(), () => api.removePeer()]
    for (const call of calls) {
      const error = await refusal(call())
      expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('plain Python node') })
      expect(error.hint).toMatch(/mine, send/)
    }
    await api.close()
  })
})

describe('PythonNodeApi', () => {
  test.each([
    ['no JSON', 'hello'],
    ['no chain', '{"length":1}'],
    ['a chain that is no list', '{"chain":{}}'],
    ['a block that is no object', '{"chain":[1]}'],
    ['a chain that ends too early', '{"chain":[{}'],
  ])('bad-answer: %s', async (_what, body) => {
    const api = new PythonNodeApi(new JsonClient(`http://${await answering(body)}`, { timeoutMs: 10_000 }), QUICK.rules)
    expect(await refusal(api.blocks({ from: 1, limit: 1 }))).toMatchObject({ code: 'bad-answer' })
    await api.close()
  })

  test('timeout: mine and resolve, where it is said how long they may take', async () => {
    const address = await listen((socket, head) => {
      if (head.startsWith('GET /chain ')) socket.end(answer(chainAnswer(CHAIN)))
    })
    const options = { timeoutMs: 10_000, howToLook: (at: string) => `look at ${at}` }
    const api = new PythonNodeApi(new JsonClient(`http://${address}`, options), QUICK.rules, 50)
    onTestFinished(() => api.close())
    const message = expect.stringMatching(/ 0\.05 s: whether it did what it was asked is not known$/)
    const late = { code: 'timeout', message, hint: expect.stringMatching(/^look at chain; /) }
    expect(await refusal(api.mine())).toMatchObject(late)
    expect(await refusal(api.resolve())).toMatchObject(late)
  })

  const CHAIN = buildChain({ length: 4, zeros: 2 })

  /** A node that says it mined the block of that place, and what its chain is by then. */
  async function mined(index: unknown, chain: readonly unknown[]): Promise<PythonNodeApi> {
    const address = await listen((socket, head) => {
      const body = head.startsWith('GET /mine ') ? dumps({ message: 'New Block Forged', index }) : chainAnswer(chain)
      socket.end(answer(body))
    })
    const api = new PythonNodeApi(new JsonClient(`http://${address}`, { timeoutMs: 10_000 }), QUICK.rules)
    onTestFinished(() => api.close())
    return api
  }

  test.each([
    ['the block of its place, though another one was mined since', 3, 3],
    ['the last one, where there is no such place', 9, 4],
    ['the last one, where the place is none', 2.5, 4],
  ])('mine: %s', async (_what, index, height) => {
    const api = await mined(index, CHAIN)
    expect(await api.mine()).toMatchObject({ height, hash: hashOf(CHAIN[height - 1]) })
  })

  test('bad-answer: mine, and then there is no block at all', async () => {
    const api = await mined(2, [])
    const error = await refusal(api.mine())
    expect(error).toMatchObject({ code: 'bad-answer', message: expect.stringContaining('its chain has no blocks') })
  })

  test('mine and resolve end with the signal while the chain is awaited', async () => {
    const reason = new Error('enough')
    for (const ask of ['mine', 'resolve'] as const) {
      const stop = new AbortController()
      const address = await listen((socket, head) => {
        if (head.startsWith('GET /mine ')) socket.end(answer('{"message": "New Block Forged", "index": 2}'))
        else stop.abort(reason)
      })
      const api = new PythonNodeApi(new JsonClient(`http://${address}`, { timeoutMs: 60_000 }), QUICK.rules)
      await expect(api[ask]({ signal: stop.signal })).rejects.toBe(reason)
    }
  })
})

function json(text: string): JsonValue {
  const bytes = Buffer.from(text)
  const limits = { maxDepth: 10, maxBytes: 100_000 }
  // What is sent is what was written: the reader must not have changed it.
  expect(printJson(parseJson(bytes, limits))).toBe(Buffer.from(canonicalJson(bytes, limits)).toString())
  return parseJson(bytes, limits)
}

/** The error that a call is refused with; it must be an `ApiError`. */
async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => expect.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}

/** Follows a node's events until the test ends. */
function follow(api: NodeApi, after?: string) {
  const stop = new AbortController()
  onTestFinished(() => stop.abort(new Error('the test is over')))
  const all: NodeEvent[] = []
  const ids: string[] = []
  const events = api.events({ after, signal: stop.signal })[Symbol.asyncIterator]()
  const first = events.next()
  const run = async (): Promise<void> => {
    for (let each = await first; !each.done; each = await events.next()) {
      all.push(each.value.event)
      if (each.value.id !== undefined) ids.push(each.value.id)
    }
  }
  const over = run().catch((error) => {
    if (!stop.signal.aborted) throw error
  })
  return {
    all,
    ids,
    over,
    ready: first,
    stop: () => stop.abort(new Error('no longer wanted')),
    /** Those that are repeated to who comes later. */
    get lasting() {
      return all.filter(({ type }) => type !== 'mining' && type !== 'listening')
    },
  }
}
