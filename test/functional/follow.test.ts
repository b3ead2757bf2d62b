import { describe, expect, test } from 'vitest'
import { networkNamed } from '../../src/consensus/networks.js'
import type { Block } from '../../src/consensus/rules.js'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import { DEV, networkId } from '../../src/consensus/secure/definition.js'
import { secureNetwork } from '../../src/consensus/secure/network.js'
import type { Node } from '../../src/node/node.js'
import { printJsonBytes, readCanonicalJson } from '../../src/primitives/json/value.js'
import { type Change, headerText, servePlainPeer } from '../support/plain-peer.js'
import { DEV_RULES, decodeSecure, Holder, nextBlock, secureChain } from '../support/secure.js'
import { allBlocks, openServed, type Served, type TestNodeOptions } from '../support/test-node.js'

/** Secure nodes follow each other: headers first, and only the blocks that are missing. */

const network = networkNamed('dev')!
const [alice, bob] = [new Holder(1), new Holder(2)]

interface Followed extends Served {
  readonly node: Node<Block>
  /** What it was asked for: paths and queries. */
  readonly asked: string[]
}

async function open(options: TestNodeOptions = {}): Promise<Followed> {
  const asked: string[] = []
  const served = await openServed({ network, ...options, server: { onAnswer: ({ path }) => void asked.push(path) } })
  return { ...served, asked }
}

async function take({ node }: { node: Node<Block> }, blocks: readonly SecureBlock[]): Promise<void> {
  for (const { encoded } of blocks) await node.submitBlock(readCanonicalJson(encoded))
}

const chainOf = (length: number, parent = DEV_RULES.genesis(), miner = alice): SecureBlock[] =>
  secureChain(
    parent,
    Array.from({ length }, () => ({ miner: miner.address })),
  )

async function resolveFrom(ours: { node: Node<Block> }, peer: { address: string }) {
  await ours.node.addPeers([`http://${peer.address}`])
  const resolution = await ours.node.resolve()
  return { ...resolution, verdict: resolution.verdicts[0]! }
}

test('a node adopts a heavier chain, and then asks for no more than is missing', async () => {
  const [theirs, ours] = [await open(), await open()]
  const blocks = chainOf(60)
  await take(theirs, blocks.slice(0, 55))
  expect(await resolveFrom(ours, theirs)).toMatchObject({ replaced: true, length: 56, forkedAt: 1 })
  expect(await allBlocks(ours.node)).toEqual(await allBlocks(theirs.node))
  theirs.asked.length = 0
  await take(theirs, blocks.slice(55))
  expect(await resolveFrom(ours, theirs)).toMatchObject({
    replaced: true,
    length: 61,
    forkedAt: 56,
    verdict: { outcome: 'adopted' },
  })
  expect(theirs.asked.filter((path) => !path.startsWith('/api/headers'))).toEqual(['/api/blocks?from=57&limit=5'])
  expect(theirs.asked.filter((path) => path.startsWith('/api/headers')).length).toBeLessThan(5)
  theirs.asked.length = 0
  expect(await resolveFrom(ours, theirs)).toMatchObject({ replaced: false, verdict: { outcome: 'equal', length: 61 } })
  expect(theirs.asked.filter((path) => !path.startsWith('/api/headers'))).toEqual([])
})

test.each([1, 2, 3, 17, 64])(
  'mined apart for %i blocks: the fork is found, and what was paid is pending again',
  async (apart) => {
    const [theirs, ours] = [await open(), await open()]
    const common = chainOf(70)
    for (const each of [theirs, ours]) await take(each, common)
    const tip = common.at(-1)!
    await take(theirs, chainOf(apart + 1, tip, bob))
    const payment = alice.pay(bob.address)
    const paying = decodeSecure(nextBlock(tip, { miner: alice.address, transfers: [payment] }))
    await take(ours, [paying, ...chainOf(apart - 1, paying)])
    const { length } = await ours.node.status()
    expect(await resolveFrom(ours, theirs)).toMatchObject({
      replaced: true,
      lengthBefore: length,
      length: length + 1,
      forkedAt: 71,
      returned: 1,
    })
    const { transactions } = await ours.node.pending({ limit: 1 })
    expect(transactions.map((each) => JSON.parse(Buffer.from(printJsonBytes(each)).toString()))).toEqual([payment])
    // The other way round there is nothing to be fetched.
    expect((await resolveFrom(theirs, ours)).verdict).toMatchObject({ outcome: 'equal' })
  },
)

test('resolving while a branch of blocks that were handed in becomes active takes nothing of it away', async () => {
  const { node } = await open()
  const [first, second] = [chainOf(40), chainOf(41, DEV_RULES.genesis(), bob)]
  await take({ node }, first)
  await take({ node }, second.slice(0, -1))
  let resolves = 0
  const resolving = (async () => {
    // More than there is time for while the blocks are taken.
    for (; resolves < 500; resolves++) await node.resolve()
  })()
  await take({ node }, second.slice(-1))
  await take({ node }, chainOf(2, first.at(-1)))
  expect(resolves).toBeLessThan(500)
  await resolving
  expect((await allBlocks(node)).map(({ height }) => height)).toEqual(Array.from({ length: 43 }, (_, i) => i + 1))
  expect(await node.verify(() => {})).toBeUndefined()
})

test('a chain with less work is not fetched, also where another one leads', async () => {
  const [theirs, ours] = [await open(), await open()]
  await take(ours, chainOf(12))
  await take(theirs, chainOf(9, DEV_RULES.genesis(), bob))
  expect((await resolveFrom(ours, theirs)).verdict).toEqual({
    peer: theirs.address,
    outcome: 'shorter',
    length: 10,
    message: 'it has 10 blocks, and we have 13',
  })
  expect(theirs.asked.some((path) => path.startsWith('/api/blocks'))).toBe(false)
})

test('of several peers the one with the most work is adopted, whatever the others are', async () => {
  const ours = await open()
  const [short, long, dead] = [await open(), await open(), '127.0.0.1:1']
  await take(short, chainOf(5))
  await take(long, chainOf(8, DEV_RULES.genesis(), bob))
  await ours.node.addPeers([short.address, long.address, dead].map((address) => `http://${address}`))
  const { verdicts, length } = await ours.node.resolve()
  expect(length).toBe(9)
  const outcomes = [short.address, long.address, dead].map(
    (peer) => verdicts.find((each) => each.peer === peer)?.outcome,
  )
  expect(outcomes).toEqual(['outdone', 'adopted', 'unreachable'])
})

test('a node of another network is told so, with both ids', async () => {
  const definition = { ...DEV, name: 'class', genesis_time: DEV.genesis_time + 1 }
  const theirs = await openServed({ network: secureNetwork('another', definition) })
  const ours = await open()
  const { verdict } = await resolveFrom(ours, theirs)
  expect(verdict).toMatchObject({ outcome: 'invalid', block: 1 })
  expect(verdict.message).toContain(networkId(DEV).slice(0, 16))
  expect(verdict.message).toContain(networkId(definition).slice(0, 16))
})

describe('peers that lie, or give what they like', () => {
  const blocks = chainOf(1_500)
  const header = headerText
  const other = chainOf(3, DEV_RULES.genesis(), bob)

  /** A peer that has `blocks`, but for what the test changes. */
  const liar = async (change: Change): Promise<string> => (await servePlainPeer(blocks, change)).address

  test('one that tells the truth is adopted', async () => {
    const address = await liar((_path, _from, answer) => answer)
    expect(await resolveFrom(await open(), { address })).toMatchObject({ replaced: true, length: 1_501 })
  })

  test.each<[what: string, outcome: string, told: string, change: Change]>([
    [
      'a header without work',
      'invalid',
      'block 3: ',
      (path, from, answer) =>
        path === '/api/headers' && from === 2
          ? {
              ...answer,
              headers: (answer.headers as string[]).with(
                1,
                `${(answer.headers as string[])[1]!.slice(0, 144)}ffff001d00000000`,
              ),
            }
          : answer,
    ],
    [
      'a header that follows none',
      'invalid',
      'block 2: the block follows another one',
      (path, from, answer) =>
        path === '/api/headers' && from === 2 ? { ...answer, headers: [header(other[2]!)] } : answer,
    ],
    [
      'a header that is too short',
      'no-chain',
      'another one than expected',
      (path, from, answer) => (path === '/api/headers' && from === 2 ? { ...answer, headers: ['00'] } : answer),
    ],
    [
      'no headers',
      'invalid',
      'another network',
      (path, _from, answer) => (path === '/api/headers' ? { ...answer, headers: [] } : answer),
    ],
    [
      'no headers behind the first',
      'equal',
      'as much work as we',
      (path, from, answer) => (path === '/api/headers' && from > 1 ? { ...answer, headers: [] } : answer),
    ],
    [
      'no blocks',
      'no-chain',
      'it gave the header of block 2, and not the block',
      (path, _from, answer) => (path === '/api/blocks' ? { ...answer, blocks: [] } : answer),
    ],
    ...(['5', '"{"', '[]', '{}', 'null', '{"a": [{"b": "}"}]}'] as const).map(
      (block): [string, string, string, Change] => [
        `${block} for a block`,
        block.startsWith('{') ? 'invalid' : 'no-chain',
        block.startsWith('{') ? 'block 2: ' : 'another one than expected',
        (path, _from, answer) => (path === '/api/blocks' ? `{"length":9,"blocks":[{"block":${block}}]}` : answer),
      ],
    ),
    [
      'blocks that are no list',
      'no-chain',
      'another one than expected',
      (path, _from, answer) => (path === '/api/blocks' ? '{"blocks":{"block":{}}}' : answer),
    ],
    [
      'other blocks than the headers said',
      'no-chain',
      'it gave the header of block 2, and not the block',
      (path, _from, answer) =>
        path === '/api/blocks'
          ? {
              ...answer,
              blocks: [
                { height: 2, hash: other[0]!.hash, block: JSON.parse(Buffer.from(other[0]!.encoded).toString()) },
              ],
            }
          : answer,
    ],
    [
      'a block whose reward was changed',
      'invalid',
      'block 2: ',
      (path, from, answer) =>
        path === '/api/blocks' && from === 2
          ? JSON.stringify(answer).replace('"amount":5000000000', '"amount":5000000001')
          : answer,
    ],
    [
      'a key twice',
      'no-chain',
      'no JSON',
      (path, _from, answer) => (path === '/api/blocks' ? '{"length":1,"length":1,"blocks":[]}' : answer),
    ],
    ['no JSON', 'no-chain', 'no JSON', (path, _from, answer) => (path === '/api/blocks' ? '<html>' : answer)],
    [
      'a server that fails',
      'no-chain',
      'HTTP status 500',
      (path, _from, answer) => (path === '/api/blocks' ? 500 : answer),
    ],
    ['a program that has no headers', 'no-chain', 'HTTP status 404', () => 404],
    [
      'more than a page',
      'too-large',
      'larger than 4 MiB',
      (path, _from, answer) => (path === '/api/headers' ? ' '.repeat(5 * 1024 * 1024) : answer),
    ],
  ])('%s', async (_what, outcome, told, change) => {
    const ours = await open()
    const good = await open()
    await take(good, chainOf(2, DEV_RULES.genesis(), bob))
    const address = await liar(change)
    await ours.node.addPeers([`http://${address}`, `http://${good.address}`])
    const { verdicts, length } = await ours.node.resolve()
    const verdictOn = (peer: string) => verdicts.find((each) => each.peer === peer)
    expect(verdictOn(address)).toMatchObject({ outcome, message: expect.stringContaining(told) })
    // The good one among them is adopted all the same.
    expect([verdictOn(good.address)?.outcome, length]).toEqual(['adopted', 3])
  })

  test('one that is asked too often is asked again', async () => {
    let refused = 0
    const address = await liar((path, _from, answer) => (path === '/api/blocks' && refused++ < 2 ? 429 : answer))
    expect(await resolveFrom(await open(), { address })).toMatchObject({ replaced: true, length: 1_501 })
    // Each of the two that were refused, and those after them.
    expect(refused).toBeGreaterThanOrEqual(4)
  })

  test('where the time ends in the middle, what is there is adopted, and the rest comes the next time', async () => {
    const ours = await open({ limits: { firstByteMs: 500, answerMs: 1_000, maxBytes: 4 * 1024 * 1024 } })
    let isSilent = true
    const address = await liar((path, from, answer) =>
      path === '/api/blocks' && from > 1_000 && isSilent ? 'silent' : answer,
    )
    const { verdict, length } = await resolveFrom(ours, { address })
    expect([length > 1_000, length < 1_501]).toEqual([true, true])
    const message = `${length} of its 1501 blocks replaced our 1; no answer within 0.5 s`
    expect(verdict).toMatchObject({ outcome: 'adopted', message })
    isSilent = false
    expect(await resolveFrom(ours, { address })).toMatchObject({ replaced: true, forkedAt: length, length: 1_501 })
  })
})
