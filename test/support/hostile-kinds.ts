import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { buildChain, chainAnswer } from './chains.js'
import { answer, type Behaviour, deadAddress, type PeerServer, startPeer } from './peer-server.js'

/** Every kind of bad peer, once, with real sockets: for a test that asks them all, and for measuring what they cost. */

export interface HostileKind {
  readonly start: () => Promise<PeerServer>
  /** What is to be said of it, `outcome: message`. */
  readonly verdict: RegExp
}

/** Who is not done when others wait may be told so, whatever else would have ended it later. */
const SLOW =
  /^too-slow: (no answer within 5 s|less than 16 KiB of its answer came in 5 s|no complete answer within the 30 s of a resolve|it was slow and gave way to others, who took the rest of the 30 s of a resolve)$/

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'

/**
 * @param zeros what the network asks of a proof
 * @param ours blocks in the chain of the node that asks
 */
export function hostileKinds({ zeros, ours }: { zeros: number; ours: number }): Record<string, HostileKind> {
  const says = (body: string | Uint8Array, options?: Parameters<typeof answer>[1]): (() => Promise<PeerServer>) =>
    does((socket) => socket.end(answer(body, options)))
  const noChain = (body: string | Uint8Array, message: RegExp): HostileKind => ({
    start: says(body),
    verdict: new RegExp(`^no-chain: .*${message.source}`),
  })
  const valid = chainAnswer(buildChain({ length: ours - 1, zeros }))
  const padded = `${valid}${' '.repeat(100)}`
  return {
    ...slowKinds(),
    'keeps the pace, and never ends': {
      start: does((socket) => every(4_000, socket, `${HEAD}{"chain":[`, ' '.repeat(17_000))),
      verdict: SLOW,
    },
    refuses: {
      start: async () => ({ address: await deadAddress(), close: async () => {} }),
      verdict: /^unreachable: nobody listens there$/,
    },
    'hangs up': { start: does((socket) => socket.destroy()), verdict: /^unreachable: .*closed the connection/ },
    'a valid chain without end': {
      start: does((socket) => flood(socket, HEAD, validBlocks(zeros))),
      // It is checked as it comes, which may take longer than a turn.
      verdict: new RegExp(`^too-large: .*larger than 64 MiB|${SLOW.source}`),
    },
    'white space without end': {
      start: does((socket) => flood(socket, `${HEAD}{"chain":[{"a":`, repeat(' '.repeat(65_536)))),
      verdict: /^no-chain: .*a block is too large/,
    },
    'a gzip bomb': {
      start: says(gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')), { headers: { 'Content-Encoding': 'gzip' } }),
      verdict: /^no-chain: .*compressed/,
    },
    'a redirect': {
      start: says('', { status: '302 Found', headers: { Location: 'http://127.0.0.1:1/chain' } }),
      verdict: /^no-chain: .*HTTP status 302/,
    },
    'a length that is too long': {
      start: says(valid, { headers: { 'Content-Length': String(valid.length + 1) } }),
      verdict: /^unreachable: .*closed the connection/,
    },
    'a length that is too short': {
      start: says(padded, { headers: { 'Content-Length': String(valid.length - 1) } }),
      verdict: /^no-chain: /,
    },
    'HTTP 500': { start: says('', { status: '500 Error' }), verdict: /^no-chain: .*HTTP status 500/ },
    'wrong types': { start: says('{"chain":[1,"2",null]}'), verdict: /^invalid: .*not a JSON object/ },
    'a chain that is none': noChain('{"chain":{"0":{}}}', /"chain" is not a list/),
    NaN: noChain('{"chain":[{"proof":100,"timestamp":NaN}]}', /NaN and Infinity are not JSON/),
    Infinity: noChain('{"chain":[{"proof":100,"timestamp":Infinity}]}', /NaN and Infinity are not JSON/),
    '1e400': noChain('{"chain":[{"proof":100,"timestamp":1e400}]}', /too large for a float/),
    'depth 100,000': noChain(`{"chain":[${'['.repeat(100_000)}`, /levels of nesting/),
    'an integer of 5,000 digits': noChain(`{"chain":[{"proof":${'9'.repeat(5_000)}}]}`, /5000 digits/),
    'invalid UTF-8': noChain(Buffer.from('7b22636861696e223a5b7b2261223a22fffe227d5d7d', 'hex'), /UTF-8/),
    'valid, but shorter': { start: says(valid), verdict: /^shorter: .*and we have/ },
    "the tutorial's other edition": {
      start: says(chainAnswer(buildChain({ length: ours + 9, zeros, edition: 'bound' }))),
      verdict: /^other-edition: .*other edition/,
    },
  }
}

/** Six bytes for each one that counts: nothing keeps a processor busier. */
export function startOneByteChunks(): Promise<PeerServer> {
  const first = `${CHUNKED}b\r\n{"chain":["\r\n`
  return startPeer((socket) => flood(socket, first, repeat('1\r\nx\r\n'.repeat(10_000))))
}

/** Those that say too little, in every way to do so. */
export function slowKinds(): Record<string, HostileKind> {
  const slow = (start: () => Promise<PeerServer>): HostileKind => ({ start, verdict: SLOW })
  return {
    dead: slow(startDeaf),
    silent: slow(does(() => {})),
    'its headers a byte a second': slow(does((socket) => every(1_000, socket, 'HTTP/1.1 200 OK\r\nX: ', 'x'))),
    'headers, and then silence': slow(does((socket) => void socket.write(HEAD))),
    'a byte a second': slow(does((socket) => every(1_000, socket, `${HEAD}{"chain":[`, ' '))),
    'a KiB a second': slow(does((socket) => every(1_000, socket, `${HEAD}{"chain":[`, ' '.repeat(1_024)))),
  }
}

function does(behave: Behaviour): () => Promise<PeerServer> {
  return () => startPeer(behave)
}

/** Writes something at once, and then the same again and again. */
function every(ms: number, socket: Socket, first: string, then: string): void {
  socket.write(first)
  const timer = setInterval(() => void (socket.writable && socket.write(then)), ms)
  socket.on('close', () => clearInterval(timer))
}

/** Writes as fast as it is taken. */
function flood(socket: Socket, first: string, more: Iterator<string, never>): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(more.next().value));
  }
  socket.write(first)
  socket.on('drain', write)
  write()
}

function* repeat(text: string): Generator<string, never> {
  for (;;) yield text
}

function* validBlocks(zeros: number): Generator<string, never> {
  const payment = { sender: 'x'.repeat(50_000), recipient: 'b', amount: 1 }
  let last = buildChain({ length: 1, zeros })
  yield `{"chain":[${JSON.stringify(last[0])}`
  for (;;) {
    last = buildChain({ from: last, length: last.length + 1, zeros, transactions: () => [payment] })
    yield `,${JSON.stringify(last.at(-1))}`
  }
}

/** An address at which not even the system answers: a server that accepts nobody, and whose queue is full. */
async function startDeaf(): Promise<PeerServer> {
  const worker = new Worker(
    `const { createServer } = require('node:net'), { parentPort } = require('node:worker_threads')
    const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`,
    { eval: true },
  )
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  const queue = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  const close = async (): Promise<void> => {
    for (const socket of queue) socket.destroy()
    await worker.terminate()
  }
  return { address: `127.0.0.1:${port}`, close }
}
