import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Block } from '../../src/consensus/rules.js'
import type { Node } from '../../src/node/node.js'
import { JsonNumber, type JsonValue, printJson } from '../../src/primitives/json/value.js'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { buildChain, chainAnswer, hashOf, type PlainBlock, type PlainTransaction, sha256 } from '../support/chains.js'
import { answer, answering, listen } from '../support/peer-server.js'
import {
  ENDLESS,
  HeldSearcher,
  hashesOf,
  mineBlocks,
  openLevelDb,
  openNode,
  openServed,
  temporaryFolder,
} from '../support/test-node.js'

describe('the longest chain', () => {
  test('of several nodes is adopted by all, and all end with the same blocks', async () => {
    const nodes = await Promise.all([openServed(), openServed(), openServed()])
    await mineBlocks(nodes[0].node, 1)
    await mineBlocks(nodes[1].node, 4)
    await mineBlocks(nodes[2].node, 2)
    for (const { node } of nodes) await node.addPeers(nodes.map(({ address }) => address))

    const longest = await hashesOf(nodes[1].node)
    expect(await nodes[1].node.resolve()).toMatchObject({ replaced: false, length: 5, asked: 3 })
    expect(await nodes[0].node.resolve()).toMatchObject({ replaced: true, lengthBefore: 2, length: 5, forkedAt: 0 })
    expect(await nodes[2].node.resolve()).toMatchObject({ replaced: true, lengthBefore: 3, length: 5, forkedAt: 0 })
    for (const { node } of nodes) expect(await hashesOf(node)).toEqual(longest)
  })

  test('a tie keeps ours, on both sides', async () => {
    const [a, b] = await Promise.all([openServed(), openServed()])
    await mineBlocks(a.node, 2)
    await mineBlocks(b.node, 2)
    await a.node.addPeers([b.address])
    await b.node.addPeers([a.address])
    const [ours, theirs] = [await hashesOf(a.node), await hashesOf(b.node)]
    for (const { node } of [a, b]) {
      const { replaced, verdicts } = await node.resolve()
      expect(replaced).toBe(false)
      expect(verdicts).toMatchObject([{ outcome: 'equal', length: 3 }])
    }
    expect(await hashesOf(a.node)).toEqual(ours)
    expect(await hashesOf(b.node)).toEqual(theirs)
  })

  test('of two equally long ones that are longer than ours one is adopted, the other is outdone', async () => {
    const node = await openNode()
    const peers = await Promise.all(
      [1, 2].map((time) => answering(chainAnswer(buildChain({ length: 4, zeros: 2, time })))),
    )
    await node.addPeers(peers)
    const { verdicts } = await node.resolve()
    expect(verdicts.map(({ outcome }) => outcome).sort()).toEqual(['adopted', 'outdone'])
    const chosen = peers.indexOf(verdicts.find(({ outcome }) => outcome === 'adopted')!.peer) + 1
    expect(await hashesOf(node)).toEqual(buildChain({ length: 4, zeros: 2, time: chosen }).map(hashOf))
  })

  test("replaces the genesis too: every node's first block is its own", async () => {
    const [a, b] = await Promise.all([openServed(), openServed()])
    await b.node.mine()
    await a.node.addPeers([b.address])
    const [before] = await hashesOf(a.node)
    expect(await a.node.resolve()).toMatchObject({ replaced: true, forkedAt: 0 })
    expect(await hashesOf(a.node)).toEqual(await hashesOf(b.node))
    expect(await hashesOf(a.node)).not.toContain(before)
  })

  test('forks where both chains part, and what stands before stays', async () => {
    const [a, b] = await Promise.all([openServed(), openServed()])
    await mineBlocks(a.node, 3)
    await b.node.addPeers([a.address])
    await a.node.addPeers([b.address])
    await b.node.resolve()
    const common = await hashesOf(a.node)
    await mineBlocks(a.node, 1)
    await mineBlocks(b.node, 2)
    expect(await a.node.resolve()).toMatchObject({ replaced: true, lengthBefore: 5, length: 6, forkedAt: 4 })
    expect((await hashesOf(a.node)).slice(0, 4)).toEqual(common)
    expect(await hashesOf(a.node)).toEqual(await hashesOf(b.node))
    // One that only continues ours takes nothing back.
    await mineBlocks(b.node, 1)
    expect(await a.node.resolve()).toMatchObject({ replaced: true, forkedAt: 6, returned: 0 })
  })

  test('goes on upon the adopted chain: the next block follows its last one, and is adopted in turn', async () => {
    const [a, b] = await Promise.all([openServed(), openServed()])
    await mineBlocks(b.node, 3)
    await a.node.addPeers([b.address])
    await b.node.addPeers([a.address])
    await a.node.resolve()
    const mined = await a.node.mine()
    expect(mined.height).toBe(5)
    expect(mined.block.previous_hash).toBe((await b.node.status()).tip)
    expect(await b.node.resolve()).toMatchObject({ replaced: true, forkedAt: 4, length: 5 })
    expectValid(await chainOf(b.node))
  })

  test('of 600 blocks replaces one of 580 from block 300 on: the balances are those of the new chain alone', async () => {
    const pay =
      (to: string) =>
      (index: number): PlainTransaction[] => [
        { sender: `from-${index % 7}`, recipient: to, amount: index },
        { sender: 'both', recipient: `to-${index % 5}`, amount: 0.5 },
      ]
    const common = buildChain({ length: 300, zeros: 2, transactions: pay('common') })
    const ours = buildChain({ from: common, length: 580, zeros: 2, time: 1, transactions: pay('ours') })
    const theirs = buildChain({ from: common, length: 600, zeros: 2, time: 2, transactions: pay('theirs') })
    const node = await openNode({ store: await openLevelDb(await temporaryFolder()) })
    await node.addPeers([await answering(chainAnswer(ours))])
    await node.resolve()
    expect(await balancesOf(node, [...addressesIn(ours), 'theirs'])).toEqual(
      sumsOf(ours, [...addressesIn(ours), 'theirs']),
    )
    await node.addPeers([await answering(chainAnswer(theirs))])
    expect(await node.resolve()).toMatchObject({ replaced: true, lengthBefore: 580, length: 600, forkedAt: 300 })
    expect(await hashesOf(node)).toEqual(theirs.map(hashOf))
    const addresses = [...addressesIn(theirs), 'ours', 'nobody']
    expect(await balancesOf(node, addresses)).toEqual(sumsOf(theirs, addresses))
  })
})

describe('pending transactions', () => {
  test('that the adopted chain holds leave, equal ones counted and not merged', async () => {
    const node = await openNode()
    await submit(node, ['a', 5], ['a', 5], ['a', 5], ['b', 1])
    const held = [payment('a', 5), payment('a', 5)]
    const chain = buildChain({ length: 3, zeros: 2, transactions: (index) => (index === 2 ? held : []) })
    await node.addPeers([await answering(chainAnswer(chain))])
    expect(await node.resolve()).toMatchObject({ replaced: true, returned: 0 })
    expect(await pendingOf(node)).toEqual([payment('a', 5), payment('b', 1)])
  })

  test('5 and 5.0 are different transactions, whatever the order of the keys', async () => {
    const node = await openNode()
    await node.submitPayment({ recipient: 'to', amount: new JsonNumber('5.0'), sender: 'a' })
    await submit(node, ['a', 5])
    const chain = buildChain({ length: 2, zeros: 2, transactions: (index) => (index === 2 ? [payment('a', 5)] : []) })
    await node.addPeers([await answering(chainAnswer(chain))])
    await node.resolve()
    expect((await node.pending({ limit: 9 })).transactions.map(printJson)).toEqual([
      '{"amount": 5.0, "recipient": "to", "sender": "a"}',
    ])
  })

  test('of replaced blocks return, ahead of the others and in their order; rewards do not', async () => {
    const node = await openNode()
    await submit(node, ['a', 1], ['a', 2])
    await node.mine()
    await submit(node, ['a', 3])
    await node.mine()
    await submit(node, ['a', 4])
    await node.addPeers([await answering(chainAnswer(buildChain({ length: 4, zeros: 2 })))])
    expect(await node.resolve()).toMatchObject({ replaced: true, lengthBefore: 3, returned: 3 })
    expect(await pendingOf(node)).toEqual([payment('a', 1), payment('a', 2), payment('a', 3), payment('a', 4)])
    await node.mine()
    expect(transactionsIn(await chainOf(node))).toEqual([
      payment('a', 1),
      payment('a', 2),
      payment('a', 3),
      payment('a', 4),
      { sender: '0', recipient: 'miner', amount: 1 },
    ])
  })

  test('of replaced blocks return only as often as the new chain lacks them', async () => {
    const node = await openNode()
    await submit(node, ['a', 5], ['a', 5], ['a', 5])
    await node.mine()
    const chain = buildChain({ length: 3, zeros: 2, transactions: (index) => (index === 3 ? [payment('a', 5)] : []) })
    await node.addPeers([await answering(chainAnswer(chain))])
    expect(await node.resolve()).toMatchObject({ returned: 2 })
    expect(await pendingOf(node)).toEqual([payment('a', 5), payment('a', 5)])
  })

  test("of others' replaced blocks return as far as our own pool would take them", async () => {
    const node = await openNode()
    const odd = { sender: 'a', recipient: 'to', amount: -1 }
    const theirs = [payment('a', 1), odd, { sender: '0', recipient: 'them', amount: 1 }]
    const first = buildChain({ length: 2, zeros: 2, time: 1, transactions: (index) => (index === 2 ? theirs : []) })
    await node.addPeers([await answering(chainAnswer(first))])
    await node.resolve()
    expect((await node.status()).pending).toBe(0)
    await node.addPeers([await answering(chainAnswer(buildChain({ length: 3, zeros: 2, time: 2 })))])
    expect(await node.resolve()).toMatchObject({ replaced: true, returned: 1 })
    expect(await pendingOf(node)).toEqual([payment('a', 1)])
  })

  test('that arrive while a chain is read stay', async () => {
    const node = await openNode()
    const { address, release, asked } = await heldPeer(buildChain({ length: 3, zeros: 2 }))
    await node.addPeers([address])
    const resolving = node.resolve()
    await asked
    await submit(node, ['a', 1])
    release()
    expect(await resolving).toMatchObject({ replaced: true })
    expect(await pendingOf(node)).toEqual([payment('a', 1)])
  })
})

describe('a node with LevelDB', () => {
  test('keeps its chain, its pending transactions and its peers over a restart', async () => {
    const folder = await temporaryFolder()
    const chain = buildChain({ length: 5, zeros: 2 })
    const peer = await answering(chainAnswer(chain))
    const first = await openNode({ store: await openLevelDb(folder) })
    await submit(first, ['a', 1], ['a', 1])
    await first.mine()
    await submit(first, ['b', 2])
    await first.addPeers([peer, '127.0.0.1:9'])
    expect(await first.resolve()).toMatchObject({ replaced: true, returned: 2 })
    await first.mine()
    await submit(first, ['c', 3])
    const before = {
      status: await first.status(),
      hashes: await hashesOf(first),
      pending: await pendingOf(first),
      peers: (await first.peers()).map(({ address }) => address),
      balance: await first.balance('to'),
    }
    expect(before).toMatchObject({ status: { length: 6 }, pending: [payment('c', 3)] })
    await first.close()

    const second = await openNode({ store: await openLevelDb(folder), isNew: false })
    expect({
      status: await second.status(),
      hashes: await hashesOf(second),
      pending: await pendingOf(second),
      peers: (await second.peers()).map(({ address }) => address),
      balance: await second.balance('to'),
    }).toEqual(before)
    // And goes on where it stopped: what it mined before still counts as its own.
    await second.mine()
    expectValid(await chainOf(second))
    await second.addPeers([await answering(chainAnswer(buildChain({ length: 9, zeros: 2, time: 3 })))])
    expect(await second.resolve()).toMatchObject({ replaced: true, lengthBefore: 7, length: 9, returned: 4 })
  })

  test('store-damaged: a store that lost its chain is not taken for a new one', async () => {
    const store = await openLevelDb(await temporaryFolder())
    await expect(openNode({ store, isNew: false })).rejects.toThrow('the chain is gone')
  })

  test('opens again after it was closed in the middle of mining and resolving', async () => {
    const folder = await temporaryFolder()
    const store = await openLevelDb(folder)
    const searcher = new HeldSearcher()
    const first = await openNode({
      store,
      searcher,
      limits: { firstByteMs: 20_000, answerMs: 20_000, maxBytes: 2 ** 26 },
    })
    const note = 'x'.repeat(200_000)
    const payments = (): PlainTransaction[] => [{ sender: note, recipient: 'b', amount: 1 }]
    const half = chainAnswer(buildChain({ length: 12, zeros: 2, transactions: payments })).slice(0, -10)
    const peer = await listen((socket) => void socket.write(`HTTP/1.1 200 OK\r\n\r\n${half}`))
    await first.addPeers([peer])
    await submit(first, ['a', 1])
    const mining = first.mine().catch((error: unknown) => error)
    const queued = first.mine().catch((error: unknown) => error)
    const resolving = first.resolve().catch((error: unknown) => error)
    const waiting = first.resolve().catch((error: unknown) => error)
    await expect.poll(() => searcher.jobs.length).toBe(1)
    // Part of the peer's chain lies in the store already.
    await expect.poll(() => stagedIn(store)).toBe(1)
    await first.close()
    for (const refused of await Promise.all([mining, queued, resolving, waiting])) {
      expect(refused).toMatchObject({ code: 'shutting-down' })
    }

    const reopened = await openLevelDb(folder)
    const second = await openNode({ store: reopened, isNew: false })
    expect(await stagedIn(reopened)).toBe(0)
    expect(await second.status()).toMatchObject({ length: 1, pending: 1, peers: 1 })
    expect((await second.mine()).height).toBe(2)
  })

  test('close: what is being stored is stored, and each answer is true', async () => {
    const folder = await temporaryFolder()
    const first = await openNode({ store: await openLevelDb(folder) })
    const amounts = Array.from({ length: 50 }, (_, i) => i + 1)
    const submitted = amounts.map((amount) => first.submitPayment(request('a', amount)))
    const mined = first.mine().then(
      ({ height }) => height,
      () => 1,
    )
    const closing = first.close()
    const outcomes = await Promise.allSettled(submitted)
    const height = await mined
    await closing
    const second = await openNode({ store: await openLevelDb(folder), isNew: false })
    expect((await second.status()).length).toBe(height)
    const kept = [...transactionsIn(await chainOf(second)), ...(await pendingOf(second))].map(({ amount }) => amount)
    const accepted = amounts.filter((_, i) => outcomes[i].status === 'fulfilled')
    expect(kept.filter((amount) => accepted.includes(amount)).sort((x, y) => x - y)).toEqual(accepted)
  })

  test('two nodes cannot have one folder open', async () => {
    const folder = await temporaryFolder()
    await openLevelDb(folder)
    await expect(LevelDbStore.open(`${folder}/store`, { create: true })).rejects.toThrow('another process')
  })
})

describe('mining and resolving at the same time', () => {
  test('a search goes on upon the new tip when another chain is adopted', async () => {
    const searcher = new HeldSearcher()
    const node = await openNode({ searcher })
    const chain = buildChain({ length: 4, zeros: 2 })
    await node.addPeers([await answering(chainAnswer(chain))])
    const mining = node.mine()
    await expect.poll(() => searcher.jobs.length).toBe(1)
    await node.resolve()
    await expect.poll(() => searcher.jobs.length).toBe(2)
    expect(searcher.jobs).toMatchObject([{ before: '100' }, { before: String(chain[3].proof) }])
    searcher.release()
    const mined = await mining
    expect(mined.height).toBe(5)
    expect(mined.block.previous_hash).toBe(hashOf(chain[3]))
    expectValid(await chainOf(node))
  })

  test('a search in the worker is given up for the new tip: nothing is mined upon a block that is gone', async () => {
    const node = await openNode({ network: ENDLESS })
    // A longer chain of proofs that nobody could find: only what we have in common is not checked, so there is none.
    const invalid = await answering(chainAnswer(buildChain({ length: 4, zeros: 2 })))
    await node.addPeers([invalid])
    const stop = new AbortController()
    const mining = node.mine({ signal: stop.signal })
    mining.catch(() => {})
    await expect.poll(async () => (await node.status()).mining?.hashes).toBeGreaterThan(0)
    expect((await node.resolve()).verdicts).toMatchObject([{ outcome: 'invalid', block: 2 }])
    // An invalid chain does not disturb the search.
    expect((await node.status()).mining?.hashes).toBeGreaterThan(0)
    stop.abort(new Error('enough'))
    await expect(mining).rejects.toThrow('enough')
  })

  test('a block that is mined while a longer chain is read gives way, and its transactions return', async () => {
    const node = await openNode()
    await submit(node, ['a', 1])
    const { address, release, asked } = await heldPeer(buildChain({ length: 4, zeros: 2 }))
    await node.addPeers([address])
    const resolving = node.resolve()
    await asked
    await node.mine()
    release()
    expect(await resolving).toMatchObject({ replaced: true, length: 4, forkedAt: 0, returned: 1 })
    expect(await pendingOf(node)).toEqual([payment('a', 1)])
  })

  test('a chain that ours outgrows while it is read is shorter, and changes nothing', async () => {
    const node = await openNode()
    const { address, release, asked } = await heldPeer(buildChain({ length: 3, zeros: 2 }))
    await node.addPeers([address])
    const resolving = node.resolve()
    await asked
    await mineBlocks(node, 3)
    const ours = await hashesOf(node)
    release()
    expect(await resolving).toMatchObject({ replaced: false, length: 4, verdicts: [{ outcome: 'shorter', length: 3 }] })
    expect(await hashesOf(node)).toEqual(ours)
  })

  test('many resolves at once: one is under way, the others share the next, which asks whom they know of', async () => {
    const node = await openNode()
    const { address, release, asked } = await heldPeer(buildChain({ length: 4, zeros: 2 }))
    await node.addPeers([address])
    const first = node.resolve()
    await asked
    let times = 0
    const later = await listen((socket) => {
      times++
      socket.end(answer(chainAnswer(buildChain({ length: 5, zeros: 2, time: 5 }))))
    })
    await node.addPeers([later])
    const others = Array.from({ length: 50 }, () => node.resolve())
    release()
    expect(await first).toMatchObject({ replaced: true, length: 4, asked: 1 })
    for (const report of await Promise.all(others)) {
      expect(report).toMatchObject({ replaced: true, lengthBefore: 4, length: 5, asked: 2 })
    }
    expect(times).toBe(1)
    expect((await node.status()).length).toBe(5)
  })

  test('two nodes that resolve with each other at once do not wait for each other', async () => {
    const [a, b] = await Promise.all([openServed(), openServed()])
    await mineBlocks(a.node, 2)
    await mineBlocks(b.node, 1)
    await a.node.addPeers([b.address])
    await b.node.addPeers([a.address])
    const [first, second] = await Promise.all([a.node.resolve(), b.node.resolve()])
    expect([first.replaced, second.replaced]).toEqual([false, true])
    expect(await hashesOf(b.node)).toEqual(await hashesOf(a.node))
  })

  test('two nodes that mine, pay and resolve in any order keep valid chains and each payment that they took, once', async () => {
    const [a, b] = await Promise.all([openServed(), openServed()])
    await a.node.addPeers([b.address])
    await b.node.addPeers([a.address])
    const run = async (node: Node<Block>, name: string): Promise<void> => {
      for (let i = 1; i <= 12; i++) {
        await Promise.all([submit(node, [name, 2 * i], [name, 2 * i + 1]), node.mine(), i % 3 === 0 && node.resolve()])
      }
    }
    await Promise.all([run(a.node, 'a'), run(b.node, 'b')])
    // One block more, and the longer one is adopted by the other.
    await a.node.mine()
    await a.node.resolve()
    await b.node.resolve()
    for (const [{ node }, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      const chain = await chainOf(node)
      expectValid(chain)
      const amounts = [...transactionsIn(chain), ...(await pendingOf(node))]
        .filter(({ sender }) => sender === name)
        .map(({ amount }) => amount)
      expect(amounts.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 24 }, (_, i) => i + 2))
      const addresses = [...addressesIn(chain)]
      expect(await balancesOf(node, addresses)).toEqual(sumsOf(chain, addresses))
    }
  })
})

function payment(sender: string, amount: number): PlainTransaction {
  return { sender, recipient: 'to', amount }
}

function request(sender: string, amount: number): JsonValue {
  return { sender, recipient: 'to', amount: JsonNumber.integer(amount) }
}

async function submit(node: Node<Block>, ...payments: [sender: string, amount: number][]): Promise<void> {
  for (const [sender, amount] of payments) await node.submitPayment(request(sender, amount))
}

async function pendingOf(node: Node<Block>): Promise<PlainTransaction[]> {
  const { transactions } = await node.pending({ limit: 1000 })
  return transactions.map((transaction) => JSON.parse(printJson(transaction)))
}

/** All blocks, as plain values. */
async function chainOf(node: Node<Block>): Promise<PlainBlock[]> {
  const { blocks } = await node.blocks({ from: 1, limit: 1000 })
  return blocks.map(({ block }) => JSON.parse(printJson(block)))
}

function transactionsIn(chain: readonly PlainBlock[]): PlainTransaction[] {
  return chain.flatMap(({ transactions }) => transactions)
}

function addressesIn(chain: readonly PlainBlock[]): Set<string> {
  return new Set(transactionsIn(chain).flatMap(({ sender, recipient }) => [sender, recipient]))
}

/** Judges links and proofs without any of our code. */
function expectValid(chain: readonly PlainBlock[]): void {
  for (const [i, block] of chain.entries()) {
    expect(block.index).toBe(i + 1)
    if (i === 0) continue
    expect(block.previous_hash).toBe(hashOf(chain[i - 1]))
    expect(sha256(`${chain[i - 1].proof}${block.proof}`)).toMatch(/^00/)
  }
}

async function balancesOf(node: Node<Block>, addresses: readonly string[]): Promise<Map<string, string>> {
  const balances = new Map<string, string>()
  for (const address of addresses) balances.set(address, (await node.balance(address)).amount)
  return balances
}

/** The sums of amounts that binary fractions hold exactly. */
function sumsOf(chain: readonly PlainBlock[], addresses: readonly string[]): Map<string, string> {
  const sums = new Map(addresses.map((address) => [address, 0]))
  for (const { sender, recipient, amount } of transactionsIn(chain)) {
    if (sums.has(sender)) sums.set(sender, sums.get(sender)! - amount)
    if (sums.has(recipient)) sums.set(recipient, sums.get(recipient)! + amount)
  }
  return new Map(Array.from(sums, ([address, sum]) => [address, String(sum)]))
}

/** A peer that begins to answer at once, and ends when it is released. */
async function heldPeer(
  chain: readonly PlainBlock[],
): Promise<{ address: string; asked: Promise<void>; release(): void }> {
  const bytes = answer(chainAnswer(chain))
  const held: Socket[] = []
  let tellAsked = (): void => {}
  const asked = new Promise<void>((resolve) => {
    tellAsked = resolve
  })
  const address = await listen((socket) => {
    socket.write(bytes.subarray(0, -1))
    held.push(socket)
    tellAsked()
  })
  const release = (): void => {
    for (const socket of held) socket.end(bytes.subarray(-1))
  }
  return { address, asked, release }
}

/** Branches that are being gathered in the store. */
async function stagedIn(store: LevelDbStore): Promise<number> {
  let count = 0
  for await (const page of store.entries({ from: Buffer.from('S'), to: Buffer.from('T') })) count += page.length
  return count
}
