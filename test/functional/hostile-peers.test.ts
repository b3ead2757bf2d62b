import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { PeerVerdict } from '../../src/api/schemas.js'
import type { PeerLimits } from '../../src/peers/limits.js'
import { MemoryStore } from '../../src/storage/memory-store.js'
import { buildChain, chainAnswer, type PlainBlock } from '../support/chains.js'
import { answer, answering, deadAddress, listen } from '../support/peer-server.js'
import { hashesOf, mineBlocks, openNode, openServed } from '../support/test-node.js'

const GOOD = buildChain({ length: 6, zeros: 2, time: 1 })
const GOOD_ANSWER = chainAnswer(GOOD)
const OURS = 3

/** Nobody here is slow but for those who never answer at all. */
const LIMITS: Partial<PeerLimits> = { firstByteMs: 20_000, answerMs: 20_000, maxBytes: 1024 * 1024 }
/** For those. */
const IMPATIENT: Partial<PeerLimits> = { firstByteMs: 1_000, answerMs: 2_000, maxBytes: 1024 * 1024 }

interface Case {
  readonly peer: () => Promise<string>
  readonly outcome: PeerVerdict['outcome']
  readonly message: RegExp
  readonly length?: number
  readonly block?: number
}

/** A peer that says that its answer is chunked, and then what the test likes. */
function chunked(body: string): Promise<string> {
  return listen((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.end(body)
  })
}

const connections: Record<string, Case> = {
  'nobody listens': { peer: deadAddress, outcome: 'unreachable', message: /nobody listens/ },
  'hangs up before it answers': {
    peer: () => listen((socket) => socket.destroy()),
    outcome: 'unreachable',
    message: /closed the connection/,
  },
  'hangs up inside its headers': {
    peer: () => listen((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')),
    outcome: 'unreachable',
    message: /closed the connection/,
  },
  'a Content-Length that is too long': {
    peer: () => answering(GOOD_ANSWER, { headers: { 'Content-Length': String(GOOD_ANSWER.length + 10) } }),
    outcome: 'unreachable',
    message: /closed the connection/,
  },
  'a Content-Length that is too short': {
    peer: () => answering(GOOD_ANSWER, { headers: { 'Content-Length': String(GOOD_ANSWER.length - 10) } }),
    outcome: 'no-chain',
    message: /./,
  },
  'a Content-Length that is no number': {
    peer: () => answering(GOOD_ANSWER, { headers: { 'Content-Length': '-1' } }),
    outcome: 'no-chain',
    message: /not proper HTTP/,
  },
  'chunks that end too early': {
    peer: () => chunked(`5\r\n{"cha\r\n`),
    outcome: 'unreachable',
    message: /closed the connection/,
  },
  'chunks whose size is no number': {
    peer: () => chunked('zz\r\nnonsense\r\n'),
    outcome: 'no-chain',
    message: /not proper HTTP/,
  },
  'another protocol': {
    peer: () => listen((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
    outcome: 'no-chain',
    message: /not proper HTTP/,
  },
  'a body without a head': {
    peer: () => listen((socket) => socket.end(GOOD_ANSWER)),
    outcome: 'no-chain',
    message: /not proper HTTP/,
  },
  'another version of HTTP': {
    peer: () => listen((socket) => socket.end('HTTP/2.0 200 OK\r\n\r\n')),
    outcome: 'no-chain',
    message: /ends too early/,
  },
  'a switch of protocols': {
    peer: () =>
      listen((socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: ws\r\nConnection: upgrade\r\n\r\n')),
    outcome: 'unreachable',
    message: /closed the connection/,
  },
  'HTTP 100 and no more': {
    peer: () => listen((socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n')),
    outcome: 'unreachable',
    message: /closed the connection/,
  },
  'HTTP 103 without end': {
    peer: () => listen((socket) => socket.end('HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n'.repeat(10_000))),
    outcome: 'unreachable',
    message: /./,
  },
  'a length and chunks': {
    peer: () =>
      listen((socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cha\r\n0\r\n\r\n'),
      ),
    outcome: 'no-chain',
    message: /./,
  },
  'a control character in a header': {
    peer: () => answering(GOOD_ANSWER, { headers: { 'X-Power': 'a\0b' } }),
    outcome: 'no-chain',
    message: /not proper HTTP/,
  },
  'two answers': {
    peer: () => listen((socket) => socket.end(Buffer.concat([answer('{}'), answer(GOOD_ANSWER)]))),
    outcome: 'no-chain',
    message: /./,
  },
  'headers without end': {
    peer: () => listen((socket) => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}`)),
    outcome: 'no-chain',
    message: /not proper HTTP/,
  },
  'gzip, which was not asked for': {
    peer: () => answering(gzipSync(GOOD_ANSWER), { headers: { 'Content-Encoding': 'gzip' } }),
    outcome: 'no-chain',
    message: /compressed/,
  },
  'HTTP 500': {
    peer: () => answering('<h1>Internal Server Error</h1>', { status: '500 Internal Server Error' }),
    outcome: 'no-chain',
    message: /HTTP status 500/,
  },
  'HTTP 404': {
    peer: () => answering(GOOD_ANSWER, { status: '404 Not Found' }),
    outcome: 'no-chain',
    message: /HTTP status 404/,
  },
  'HTTP 204': {
    peer: () => listen((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n')),
    outcome: 'no-chain',
    message: /HTTP status 204/,
  },
}

const texts: Record<string, [body: string | Uint8Array, message: RegExp]> = {
  nothing: ['', /ends too early/],
  HTML: ['<!DOCTYPE html><html><body>router login</body></html>', /\{"chain": \[\.\.\.\]\} was expected/],
  'a list': ['[]', /^its answer is not a chain: \{"chain": \[\.\.\.\]\} was expected/],
  'a text': ['"chain"', /\{"chain": \[\.\.\.\]\} was expected/],
  'no chain': ['{"length": 6}', /no "chain"/],
  'no chain in an empty object': ['{}', /./],
  '{"chain":{}}': ['{"chain":{},"length":6}', /"chain" is not a list/],
  '{"chain":null}': ['{"chain":null}', /"chain" is not a list/],
  '{"chain":"…"}': ['{"chain":"[]"}', /"chain" is not a list/],
  'two chains': ['{"chain":[],"chain":[]}', /a second "chain"/],
  'half a chain': [GOOD_ANSWER.slice(0, -20), /ends too early/],
  'half a block': [GOOD_ANSWER.slice(0, 40), /ends too early/],
  'text behind the chain': [`${GOOD_ANSWER}{}`, /text behind the answer/],
  'a comma too many': ['{"chain":[{"proof":1},],"length":1}', /a value was expected/],
  'a comma too few': ['{"chain":[{"proof":1}{"proof":1}]}', /"," or "\]" was expected/],
  NaN: ['{"chain":[{"proof":100,"timestamp":NaN}]}', /NaN and Infinity are not JSON/],
  Infinity: ['{"chain":[{"proof":100,"timestamp":Infinity}]}', /NaN and Infinity are not JSON/],
  '-Infinity': ['{"chain":[{"proof":100,"timestamp":-Infinity}]}', /a digit was expected/],
  '1e400': ['{"chain":[{"proof":100,"timestamp":1e400}]}', /too large for a float/],
  'an integer of 5,000 digits': [`{"chain":[{"proof":${'9'.repeat(5_000)}}]}`, /5000 digits/],
  'depth 100,000': [`{"chain":[{"a":${'['.repeat(100_000)}`, /levels of nesting/],
  'depth 100,000 outside the chain': [`{"a":${'['.repeat(100_000)}`, /levels of nesting/],
  'objects of depth 100,000': [`{"chain":[${'{"a":'.repeat(100_000)}`, /levels of nesting/],
  'invalid UTF-8': [
    Buffer.concat([Buffer.from('{"chain":[{"a":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}]}')]),
    /UTF-8/,
  ],
  'a byte order mark': [
    Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(GOOD_ANSWER)]),
    /\{"chain": \[\.\.\.\]\} was expected/,
  ],
  'a NUL byte': ['{"chain":[{"a":"\0"}]}', /control character/],
  'single quotes': ["{'chain': []}", /a key was expected/],
}

const chains: Record<string, Omit<Case, 'peer'> & { chain: unknown[] }> = {
  'an empty chain': { chain: [], outcome: 'shorter', message: /0 blocks/, length: 0 },
  'a shorter chain': { chain: GOOD.slice(0, 2), outcome: 'shorter', message: /2 blocks, and we have 3/, length: 2 },
  'a chain as long as ours': { chain: GOOD.slice(0, 3), outcome: 'equal', message: /as many as we/, length: 3 },
  'a longer chain that is not the longest': {
    chain: GOOD.slice(0, 5),
    outcome: 'outdone',
    message: /another peer/,
    length: 5,
  },
  'blocks that are numbers': {
    chain: [1, 2, 3, 4],
    outcome: 'invalid',
    message: /not a JSON object/,
    length: 1,
    block: 1,
  },
  'blocks that are null': { chain: [null], outcome: 'invalid', message: /not a JSON object/, length: 1, block: 1 },
  'blocks that are lists': { chain: [[]], outcome: 'invalid', message: /not a JSON object/, length: 1, block: 1 },
  'a list behind good blocks': {
    chain: [...GOOD.slice(0, 4), []],
    outcome: 'invalid',
    message: /not a JSON object/,
    length: 5,
    block: 5,
  },
  'empty objects': { chain: [{}, {}, {}, {}], outcome: 'invalid', message: /previous_hash/, length: 2, block: 2 },
  'a wrong proof in block 4': {
    chain: withBlock(4, ({ proof, ...block }) => ({ ...block, proof: proof + 1 })),
    outcome: 'invalid',
    message: /block 4.*zeros/,
    length: 4,
    block: 4,
  },
  'a wrong previous_hash in block 5': {
    chain: withBlock(5, (block) => ({ ...block, previous_hash: '0'.repeat(64) })),
    outcome: 'invalid',
    message: /block 5.*previous_hash/,
    length: 5,
    block: 5,
  },
  'a block 3 that was changed afterwards': {
    chain: withBlock(3, (block) => ({ ...block, transactions: [{ sender: 'a', recipient: 'thief', amount: 1 }] })),
    outcome: 'invalid',
    message: /block 4.*previous_hash/,
    length: 4,
    block: 4,
  },
  'a number for a previous_hash': {
    chain: withBlock(2, (block) => ({ ...block, previous_hash: 5 })),
    outcome: 'invalid',
    message: /previous_hash/,
    length: 2,
    block: 2,
  },
  'no previous_hash': {
    chain: withBlock(2, ({ previous_hash: _, ...block }) => block),
    outcome: 'invalid',
    message: /previous_hash/,
    length: 2,
    block: 2,
  },
  'no proof': {
    chain: withBlock(2, ({ proof: _, ...block }) => block),
    outcome: 'invalid',
    message: /no "proof"/,
    length: 2,
    block: 2,
  },
  'a list for a proof': {
    chain: withBlock(2, (block) => ({ ...block, proof: [1] })),
    outcome: 'invalid',
    message: /list or an object/,
    length: 2,
    block: 2,
  },
  "the tutorial's other edition": {
    chain: buildChain({ length: 6, zeros: 2, edition: 'bound' }),
    outcome: 'other-edition',
    message: /other edition/,
    length: 2,
    block: 2,
  },
}

const all: [string, Case][] = [
  ...Object.entries(connections),
  ...Object.entries(texts).map(([what, [body, message]]): [string, Case] => [
    what,
    { peer: () => answering(body), outcome: 'no-chain', message },
  ]),
  ...Object.entries(chains).map(([what, { chain, ...expected }]): [string, Case] => [
    what,
    { peer: () => answering(chainAnswer(chain)), ...expected },
  ]),
]

describe('one bad peer: named with its fault, and the good one beside it is adopted', () => {
  test.each(all)('%s', async (_what, { peer, outcome, message, length, block }) => {
    const store = new MemoryStore()
    const node = await openNode({ store, limits: LIMITS })
    await mineBlocks(node, OURS - 1)
    const [bad, good] = [await peer(), await answering(GOOD_ANSWER)]
    await node.addPeers([bad, good])

    const { verdicts, ...report } = await node.resolve()
    const verdict = verdicts.find((one) => one.peer === bad)!
    expect(verdict).toStrictEqual({
      peer: bad,
      outcome,
      ...(length !== undefined && { length }),
      ...(block !== undefined && { block }),
      message: expect.stringMatching(message),
    })
    // One sentence for people: neither long nor with anything that moves a terminal's cursor.
    expect(verdict.message).toMatch(/^[ -~]{1,200}$/)
    expect(verdicts.find((one) => one.peer === good)).toMatchObject({ outcome: 'adopted', length: 6 })
    expect(report).toMatchObject({ replaced: true, lengthBefore: OURS, length: 6, forkedAt: 0 })
    await expectNothingElse(store, 6)
  })
})

test('64 peers, all bad but one: each its verdict, and the good one among them is adopted', async () => {
  const node = await openNode({ limits: LIMITS })
  await mineBlocks(node, OURS - 1)
  const good = await answering(GOOD_ANSWER)
  const outcomes = new Map<string, string>([[good, 'adopted']])
  for (const [, { peer, outcome }] of all.slice(-63)) outcomes.set(await peer(), outcome)
  await node.addPeers([...outcomes.keys()])
  const { verdicts } = await node.resolve()
  expect(verdicts).toHaveLength(64)
  expect(new Map(verdicts.map(({ peer, outcome }) => [peer, outcome]))).toEqual(outcomes)
  expect((await node.status()).length).toBe(6)
})

describe('time and memory', () => {
  test('too-slow: peers that never come to an end, each in its own way', async () => {
    const node = await openNode({ limits: IMPATIENT })
    await mineBlocks(node, OURS - 1)
    const body = Buffer.from(GOOD_ANSWER)
    const slow: [string, RegExp][] = [
      // Silent from the beginning.
      [await listen(() => {}), /no answer within 1 s/],
      // One byte of the headers at a time.
      [await listen((socket) => trickle(socket, Buffer.from(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(10_000)}`))), /within/],
      // Headers, and then silence.
      [
        await listen((socket) => void socket.write(answer(body).subarray(0, -body.length))),
        /no complete answer within 2 s/,
      ],
      // One byte of the chain at a time.
      [
        await listen((socket) => {
          socket.write(answer(body).subarray(0, -body.length))
          trickle(socket, body)
        }),
        /no complete answer within 2 s/,
      ],
      // A whole chain, and then neither more nor an end.
      [
        await listen((socket) => void socket.write(`HTTP/1.1 200 OK\r\n\r\n${GOOD_ANSWER}`)),
        /no complete answer within 2 s/,
      ],
    ]
    const good = await answering(GOOD_ANSWER)
    await node.addPeers([...slow.map(([address]) => address), good])
    const { verdicts } = await node.resolve()
    for (const [address, message] of slow) {
      expect(verdicts.find(({ peer }) => peer === address)).toStrictEqual({
        peer: address,
        outcome: 'too-slow',
        message: expect.stringMatching(message),
      })
    }
    expect(verdicts.find(({ peer }) => peer === good)).toMatchObject({ outcome: 'adopted' })
  })

  test.each<[string, () => Generator<string>]>([
    ['a valid chain without end', validChainWithoutEnd],
    ['one block without end', () => repeated('{"chain":[{"a":"', 'x'.repeat(10_000))],
    ['white space without end', () => repeated('{"chain":[', ' '.repeat(10_000))],
    ['members without end', () => repeated('{', '"a":1,'.repeat(1_000))],
    ['equal keys without end', () => repeated('{"chain":[{', '"a":1,'.repeat(1_000))],
  ])('too-large: %s', async (_what, pieces) => {
    const store = new MemoryStore()
    const node = await openNode({ store, limits: LIMITS })
    await mineBlocks(node, OURS - 1)
    let hungUp = false
    const endless = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n')
      const more = pieces()
      const write = (): void => {
        while (!socket.destroyed && socket.write(more.next().value));
      }
      socket.on('drain', write).on('close', () => {
        hungUp = true
      })
      write()
    })
    const good = await answering(GOOD_ANSWER)
    await node.addPeers([endless, good])
    const { verdicts } = await node.resolve()
    expect(verdicts.find(({ peer }) => peer === endless)).toStrictEqual({
      peer: endless,
      outcome: 'too-large',
      message: expect.stringMatching(/larger than 1 MiB/),
    })
    expect(verdicts.find(({ peer }) => peer === good)).toMatchObject({ outcome: 'adopted' })
    // We hang up, and keep nothing of it.
    await expect.poll(() => hungUp).toBe(true)
    await expectNothingElse(store, 6)
  })

  test('at most 4 peers are asked at a time', async () => {
    const node = await openNode({ limits: LIMITS })
    const waiting: (() => void)[] = []
    let asked = 0
    const peers = await Promise.all(
      Array.from({ length: 9 }, () =>
        listen((socket) => {
          asked++
          waiting.push(() => socket.end(answer(GOOD_ANSWER)))
        }),
      ),
    )
    await node.addPeers(peers)
    const resolving = node.resolve()
    for (const expected of [4, 8, 9]) {
      await expect.poll(() => asked).toBe(expected)
      expect(waiting.length).toBeLessThanOrEqual(4)
      for (const finish of waiting.splice(0)) finish()
    }
    expect((await resolving).verdicts).toHaveLength(9)
  })

  test('a resolve that is aborted hangs up everywhere and keeps nothing, and the next one works', async () => {
    const store = new MemoryStore()
    const node = await openNode({ store, limits: { ...LIMITS, maxBytes: 16 * 1024 * 1024 } })
    const more = validChainWithoutEnd()
    // Enough to be staged in the store before the rest is withheld.
    const half = Array.from({ length: 30 }, () => more.next().value).join('')
    let connected = 0
    const withholding = (): Promise<string> =>
      listen((socket) => {
        connected++
        socket.write(`HTTP/1.1 200 OK\r\n\r\n${half}`)
        socket.on('close', () => connected--)
      })
    const peers = await Promise.all([withholding(), withholding(), withholding(), withholding(), withholding()])
    await node.addPeers(peers)
    const stop = new AbortController()
    const resolving = node.resolve({ signal: stop.signal })
    resolving.catch(() => {})
    await expect.poll(() => keysOf(store, 'S')).toBe(4)
    expect(connected).toBe(4)
    stop.abort(new Error('enough'))
    await expect(resolving).rejects.toThrow('enough')
    expect([await keysOf(store, 'S'), await keysOf(store, 'B')]).toEqual([0, 1])
    await expect.poll(() => connected).toBe(0)
    for (const peer of peers) await node.removePeer(peer)
    await node.addPeers([await answering(GOOD_ANSWER)])
    expect(await node.resolve()).toMatchObject({ replaced: true, length: 6 })
  })
})

describe('what is believed', () => {
  test.each([
    ['too high', 999, 2, 'shorter'],
    ['too low', 0, 6, 'adopted'],
    ['too low by one', 5, 6, 'adopted'],
  ])('the length is counted, not believed: %s', async (_what, claimed, blocks, outcome) => {
    const node = await openNode({ limits: LIMITS })
    await mineBlocks(node, OURS - 1)
    await node.addPeers([await answering(chainAnswer(GOOD.slice(0, blocks), claimed))])
    expect((await node.resolve()).verdicts).toMatchObject([{ outcome, length: blocks }])
  })

  test.each([
    ['length first', `{"length": 6, "chain": ${JSON.stringify(GOOD)}}`],
    ['no length', `{"chain": ${JSON.stringify(GOOD)}}`],
    ['a length that is nonsense', `{"length": {"a": []}, "chain": ${JSON.stringify(GOOD)}, "more": null}`],
    ['line breaks', `\r\n\t${JSON.stringify({ chain: GOOD }, undefined, '\t')}\n\n`],
    ['an escaped key', `{"\\u0063hain": ${JSON.stringify(GOOD)}}`],
  ])('a good chain in an unusual answer is adopted: %s', async (_what, body) => {
    const node = await openNode({ limits: LIMITS })
    await node.addPeers([await answering(body)])
    expect((await node.resolve()).verdicts).toMatchObject([{ outcome: 'adopted', length: 6 }])
  })

  test('an answer that comes in pieces of one byte is the same answer', async () => {
    const node = await openNode({ limits: LIMITS })
    const peer = await listen((socket) => {
      socket.setNoDelay(true)
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      for (const byte of Buffer.from(GOOD_ANSWER)) socket.write(`1\r\n${String.fromCharCode(byte)}\r\n`)
      socket.end('0\r\n\r\n')
    })
    await node.addPeers([peer])
    expect((await node.resolve()).verdicts).toMatchObject([{ outcome: 'adopted', length: 6 }])
  })

  test('a redirect is not followed', async () => {
    const node = await openNode({ limits: LIMITS })
    let asked = 0
    const target = await listen((socket) => {
      asked++
      socket.end(answer(GOOD_ANSWER))
    })
    for (const status of ['301 Moved Permanently', '302 Found', '307 Temporary Redirect', '308 Permanent Redirect']) {
      await node.addPeers([await answering('', { status, headers: { Location: `http://${target}/chain` } })])
    }
    const { verdicts } = await node.resolve()
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(Array(4).fill('no-chain'))
    expect(asked).toBe(0)
    expect((await node.status()).length).toBe(1)
  })

  test('a peer is asked for /chain, plainly', async () => {
    const node = await openNode({ limits: LIMITS })
    let heard = ''
    const peer = await listen((socket, head) => {
      heard = head
      socket.end(answer(GOOD_ANSWER))
    })
    await node.addPeers([peer])
    await node.resolve()
    expect(heard).toMatch(/^GET \/chain HTTP\/1\.1\r\n/)
    expect(heard.toLowerCase()).toContain(`host: ${peer}\r\n`)
    expect(heard.toLowerCase()).not.toMatch(/accept-encoding|origin|referer|cookie|authorization/)
  })

  test('ourselves among our peers: equal, and no deadlock', async () => {
    const { node, address } = await openServed({ limits: LIMITS })
    await node.mine()
    await node.addPeers([address])
    expect((await node.resolve()).verdicts).toMatchObject([{ peer: address, outcome: 'equal', length: 2 }])
  })

  test('a chain that shares our first blocks and is invalid behind them leaves ours as it was', async () => {
    const store = new MemoryStore()
    const node = await openNode({ store, limits: LIMITS })
    const good = await answering(chainAnswer(GOOD.slice(0, 4)))
    await node.addPeers([good])
    await node.resolve()
    const before = await hashesOf(node)
    await node.addPeers([await answering(chainAnswer(withBlock(6, (block) => ({ ...block, proof: 'x' }))))])
    const { replaced, verdicts } = await node.resolve()
    expect(replaced).toBe(false)
    expect(verdicts.find(({ peer }) => peer !== good)).toMatchObject({ outcome: 'invalid', block: 6, length: 6 })
    expect(await hashesOf(node)).toEqual(before)
    await expectNothingElse(store, 4)
  })
})

/** The good chain with one block replaced, the others as they were. */
function withBlock(index: number, change: (block: PlainBlock) => object): unknown[] {
  return GOOD.map((block) => (block.index === index ? change(block) : block))
}

/** Writes one byte every 100 ms until the other side hangs up. */
function trickle(socket: import('node:net').Socket, bytes: Buffer): void {
  let at = 0
  const timer = setInterval(() => void socket.write(bytes.subarray(at, ++at)), 100)
  socket.on('close', () => clearInterval(timer))
}

function* repeated(first: string, piece: string): Generator<string, never> {
  yield first
  for (;;) yield piece
}

function* validChainWithoutEnd(): Generator<string, never> {
  const payment = { sender: 'x'.repeat(50_000), recipient: 'b', amount: 1 }
  let last = buildChain({ length: 1, zeros: 2 })
  yield `{"chain":[${JSON.stringify(last[0])}`
  for (;;) {
    const length = last.length + 1
    last = buildChain({ from: last, length, zeros: 2, transactions: () => [payment] })
    yield `,${JSON.stringify(last.at(-1))}`
  }
}

/** Nothing is left in the store of chains that were not adopted. */
async function expectNothingElse(store: MemoryStore, blocks: number): Promise<void> {
  await expect.poll(() => keysOf(store, 'S')).toBe(0)
  expect(await keysOf(store, 'B')).toBe(blocks)
}

/** How many keys of the store begin with a letter. */
async function keysOf(store: MemoryStore, letter: string): Promise<number> {
  let count = 0
  const first = letter.charCodeAt(0)
  for await (const page of store.entries({ from: Uint8Array.of(first), to: Uint8Array.of(first + 1) }))
    count += page.length
  return count
}
