import { beforeEach, describe, expect, test } from 'vitest'
import type { Block } from '../../src/consensus/rules.js'
import type { Node } from '../../src/node/node.js'
import { buildChain, chainAnswer, dumps, hashOf, type PlainBlock, sha256 } from '../support/chains.js'
import { answering } from '../support/peer-server.js'
import { get, post } from '../support/raw-http.js'
import { openServed, type Served } from '../support/test-node.js'

/** Blocks, transactions and the history of an address, over HTTP: what is found, and how it is named when it is not. */

const PAYMENT = { sender: 'ann', recipient: 'bob', amount: 0.1 }
const SAME_TWICE = { sender: 'bob', recipient: 'ann', amount: 0.2 }
const CHAIN = buildChain({
  length: 5,
  zeros: 2,
  transactions: (index) => (index === 2 ? [PAYMENT, SAME_TWICE] : index === 4 ? [SAME_TWICE] : []),
})

let node: Node<Block>
let served: Served
beforeEach(async () => {
  const opened = await openServed()
  node = opened.node
  served = opened
  await adopt(CHAIN)
})

async function adopt(chain: readonly PlainBlock[]): Promise<void> {
  const peer = await answering(chainAnswer(chain))
  await node.addPeers([peer])
  expect(await node.resolve()).toMatchObject({ replaced: true, length: chain.length })
}

async function asked(path: string): Promise<{ status: number; body: unknown; text: string }> {
  const { status, text } = await get(served.port, path)
  return { status, text, body: JSON.parse(text) }
}

/** A refusal, as `404 not-found: message`. */
async function refused(path: string): Promise<string> {
  const { status, body } = await asked(path)
  const { code, message, hint } = (body as { error: { code: string; message: string; hint: string } }).error
  expect(hint).toMatch(/\w/)
  return `${status} ${code}: ${message}`
}

describe('a block', () => {
  test.each([
    ['its height', () => '4'],
    ['its hash', () => hashOf(CHAIN[3]!)],
    ['its hash in capitals', () => hashOf(CHAIN[3]!).toUpperCase()],
    ['the first ten digits of its hash', () => hashOf(CHAIN[3]!).slice(0, 10)],
  ])('is found by %s, and printed as its hash wants it', async (_how, id) => {
    const { status, text, body } = await asked(`/api/blocks/${id()}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ height: 4, hash: hashOf(CHAIN[3]!), length: 5 })
    expect(text).toContain(dumps(CHAIN[3]))
  })

  test('that is not there is said to be missing', async () => {
    expect(await refused('/api/blocks/6')).toBe('404 not-found: there is no block 6: the chain has 5, counted from 1')
    expect((await asked('/api/blocks/6')).body).toMatchObject({ error: { hint: 'take one from 1 to 5' } })
    expect((await asked('/api/transactions/2.9')).body).toMatchObject({ error: { hint: 'take one from 2.0 to 2.1' } })
    expect(await refused('/api/blocks/0')).toMatch(/^404 not-found: /)
    const unknown = 'f'.repeat(64)
    expect(await refused(`/api/blocks/${unknown}`)).toMatch(/^404 not-found: /)
  })

  test.each(['x', '-1', '1.5', 'abc', 'abcdef012', 'g'.repeat(64), '0'.repeat(65)])(
    'cannot be %s: what it can be is said',
    async (id) => {
      expect(await refused(`/api/blocks/${id}`)).toBe(
        '400 bad-request: the parameter "id" must be a height, or a hash or its first digits, at least ten',
      )
    },
  )

  test('of a chain that was replaced is found no longer', async () => {
    await adopt(buildChain({ length: 6, zeros: 2, time: 1 }))
    expect(await refused(`/api/blocks/${hashOf(CHAIN[3]!)}`)).toMatch(/^404 not-found: /)
    expect((await asked('/api/blocks/4')).body).toMatchObject({ length: 6 })
  })
})

describe('a transaction', () => {
  const id = sha256(dumps(SAME_TWICE))

  test.each([
    ['its place', '2.1'],
    ['another place of the same', '4.0'],
    ['its id', id],
    ['the first digits of its id', id.slice(0, 12)],
  ])('is found by %s, with all its places, the last one first', async (_how, by) => {
    const { body } = await asked(`/api/transactions/${by}`)
    expect(body).toMatchObject({
      id,
      transaction: SAME_TWICE,
      pending: 0,
      more: false,
      length: 5,
      places: [
        { height: 4, position: 0, blockHash: hashOf(CHAIN[3]!), time: CHAIN[3]!.timestamp },
        { height: 2, position: 1, blockHash: hashOf(CHAIN[1]!), time: CHAIN[1]!.timestamp },
      ],
    })
  })

  test('that is pending is found by its id, and by its place once it is mined', async () => {
    const text = '{"sender": "ann", "recipient": "bob", "amount": 7}'
    expect((await post(served.port, '/transactions/new', text)).status).toBe(201)
    const pendingId = sha256('{"amount": 7, "recipient": "bob", "sender": "ann"}')
    expect((await asked(`/api/transactions/${pendingId}`)).body).toMatchObject({ pending: 1, places: [] })
    await node.mine()
    const found = { id: pendingId, pending: 0, places: [{ height: 6, position: 0 }] }
    expect((await asked('/api/transactions/6.0')).body).toMatchObject(found)
  })

  test('that stands in more than twenty blocks is told with the last twenty places, and that there are more', async () => {
    await adopt(buildChain({ length: 23, zeros: 2, time: 2, transactions: (index) => (index > 1 ? [PAYMENT] : []) }))
    const { places, more } = (await asked(`/api/transactions/${sha256(dumps(PAYMENT))}`)).body as {
      places: { height: number }[]
      more: boolean
    }
    expect(places.map(({ height }) => height)).toEqual(Array.from({ length: 20 }, (_, i) => 23 - i))
    expect(more).toBe(true)
  })

  test('that is not there is said to be missing', async () => {
    for (const unknown of ['2.2', '1.0', '9.0', '0.0', 'f'.repeat(64), 'f'.repeat(10)]) {
      expect(await refused(`/api/transactions/${unknown}`)).toMatch(/^404 not-found: /)
    }
    expect(await refused('/api/transactions/abc')).toMatch(/^400 bad-request: /)
  })
})

describe('the history of an address', () => {
  const places = (body: unknown): string[] => {
    const { transactions } = body as { transactions: { height: number; position: number }[] }
    return transactions.map(({ height, position }) => `${height}.${position}`)
  }

  test('has what it sent and received, the last first, with the blocks', async () => {
    const { body } = await asked('/api/history?address=ann')
    expect(places(body)).toEqual(['4.0', '2.1', '2.0'])
    expect(body).toMatchObject({
      address: 'ann',
      length: 5,
      next: null,
      transactions: [{ id: sha256(dumps(SAME_TWICE)), transaction: SAME_TWICE, blockHash: hashOf(CHAIN[3]!) }, {}, {}],
    })
  })

  test('is read page by page: each page says where the next begins', async () => {
    const first = (await asked('/api/history?address=ann&limit=2')).body
    expect(places(first)).toEqual(['4.0', '2.1'])
    expect(first).toMatchObject({ next: { height: 2, position: 1 } })
    const second = (await asked('/api/history?address=ann&limit=2&before=2.1')).body
    expect(places(second)).toEqual(['2.0'])
    expect(second).toMatchObject({ next: null })
  })

  test('ends a page at 1 MiB, but has one transaction if there is one, and goes on where the page ended', async () => {
    const paid = (name: string, bytes: number) => ({ sender: 'cy', recipient: name.repeat(bytes), amount: 1 })
    // With the 46 bytes that each has beside the recipient, a and b are 1 MiB exactly, and b and c one byte more.
    const transactions = [paid('a', 499_999), paid('b', 548_485), paid('c', 500_000), paid('d', 2_000_000)]
    await adopt(buildChain({ length: 6, zeros: 2, transactions: (index) => (index === 2 ? transactions : []) }))
    const pages: string[][] = []
    for (let before = ''; pages.length < 9; ) {
      const { body } = await asked(`/api/history?address=cy${before}`)
      pages.push(places(body))
      const { next } = body as { next: { height: number; position: number } | null }
      if (next === null) break
      before = `&before=${next.height}.${next.position}`
    }
    expect(pages).toEqual([['2.3'], ['2.2'], ['2.1', '2.0']])
  })

  test('of an address that nobody named is empty', async () => {
    expect((await asked('/api/history?address=Ann')).body).toEqual({
      address: 'Ann',
      length: 5,
      next: null,
      transactions: [],
    })
  })

  test.each(['', '?address=', '?address=a&address=b', '?address=a&before=4', '?address=a&limit=0', '?address=a&x=1'])(
    '%s is refused',
    async (query) => {
      expect(await refused(`/api/history${query}`)).toMatch(/^400 bad-request: /)
    },
  )

  test('adds up to the exact balance', async () => {
    expect((await asked('/api/balance?address=ann')).body).toMatchObject({ address: 'ann', amount: '0.3' })
    expect((await asked('/api/balance?address=bob')).body).toMatchObject({ address: 'bob', amount: '-0.3' })
  })
})

describe('a block of a peer that holds 300,000 of what is no transaction', () => {
  const WIDE = buildChain({
    length: 6,
    zeros: 2,
    transactions: (index) => (index === 2 ? ([PAYMENT, ...Array(300_000).fill(0)] as never) : []),
  })
  beforeEach(() => adopt(WIDE))

  test('is given as it is, and so are its transactions', async () => {
    const { text } = await asked('/api/blocks/2')
    expect(text.endsWith(`"block": ${dumps(WIDE[1])}}\n`)).toBe(true)
    expect(JSON.parse(text)).toMatchObject({ height: 2, hash: hashOf(WIDE[1]!), length: 6 })
    const id = sha256(dumps(PAYMENT))
    expect((await asked('/api/transactions/2.0')).body).toMatchObject({ id, transaction: PAYMENT, length: 6 })
    expect((await asked('/api/transactions/2.300000')).body).toMatchObject({
      id: sha256('0'),
      transaction: 0,
      more: true,
    })
    const { transactions } = (await asked('/api/history?address=ann')).body as { transactions: unknown[] }
    expect(transactions).toEqual([expect.objectContaining({ id, transaction: PAYMENT, height: 2, position: 0 })])
  })

  test('says how many it has to who asks for more', async () => {
    expect(await refused('/api/transactions/2.300001')).toBe(
      '404 not-found: block 2 has 300001 transactions, counted from 0',
    )
    expect(await refused('/api/transactions/3.0')).toBe('404 not-found: block 3 holds no transaction')
  })
})
