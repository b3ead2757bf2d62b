import { connect } from 'node:net'
import { tutorialNetwork } from '../../../src/consensus/tutorial/network.js'
import { serveNode } from '../../../src/http/server.js'
import { SearchPool } from '../../../src/mining/search-pool.js'
import { Node } from '../../../src/node/node.js'
import { HttpChainSource } from '../../../src/peers/http-chain-source.js'
import { SourceError } from '../../../src/peers/source-error.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { type RawRequest, rawRequest } from '../../support/http-requests.js'
import { parseAnswer, type RawAnswer } from '../../support/raw-http.js'
import { demand, legible, type Outcome, type Reader, type Stopwatch, type Target } from './target.js'

const NETWORK = tutorialNetwork({
  name: 'fuzz',
  title: 'fuzz',
  edition: 'article',
  definition: { rules: 'tutorial', zeros: 2 },
  otherEdition: undefined,
})

/** What a server refuses early it does not read to its end, and its hanging up may then overtake its answer. */
const SURELY_READ_BYTES = 16_384

/** A real node behind its HTTP server, to which requests come as raw bytes. */
export const httpTarget: Target<RawRequest> = {
  name: 'HTTP',
  inputs: rawRequest,
  label: ({ bytes }) => legible(bytes.length > 10_000 ? bytes.slice(0, 300) : bytes),
  bytesOf: ({ bytes }) => bytes.length,
  open: openServer,
}

async function openServer(): Promise<Reader<RawRequest>> {
  const node = await Node.open(
    {
      network: NETWORK,
      store: new MemoryStore(),
      identity: 'miner',
      version: '1.2.3',
      searcher: new SearchPool(),
      source: new NobodyThere(),
      now: () => Date.now() / 1000,
    },
    true,
  )
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => void failures.push(error)
  process.on('unhandledRejection', onFailure).on('uncaughtException', onFailure)
  const statuses: number[] = []
  const server = await serveNode(node, { host: '127.0.0.1', port: 0, onAnswer: ({ status }) => statuses.push(status) })
  const port = Number(new URL(server.url).port)
  return {
    judge: async (request, stopwatch) => {
      const outcome = await judge(request, port, stopwatch)
      const [failure] = failures.splice(0)
      demand(failure === undefined, `nothing is thrown past all handlers: ${failure}`)
      for (const status of statuses.splice(0)) {
        // A client that has hung up is told that it waited too long, if it can be told.
        demand(status < 500 || (status === 504 && !request.isWhole), `no answer is a failure of the server: ${status}`)
      }
      return outcome
    },
    close: async () => {
      await server.close()
      await node.close()
      process.off('unhandledRejection', onFailure).off('uncaughtException', onFailure)
    },
  }
}

async function judge({ bytes, isWhole }: RawRequest, port: number, stopwatch: Stopwatch): Promise<Outcome> {
  const received = await stopwatch.timeAsync(() => exchange(port, bytes, isWhole))
  if (received.length === 0) {
    demand(!isWhole || bytes.length > SURELY_READ_BYTES, 'a whole request is answered')
    return 'refused'
  }
  // Of a broken request the answer may be cut off: the client has hung up.
  if (!isWhole) return 'refused'
  const answer = parseAnswer(withoutInterim(received))
  demand(answer.status >= 200 && answer.status < 500, `the status is no failure of the server: ${answer.status}`)
  if (answer.status >= 400) checkRefusal(answer)
  return answer.status < 400 ? 'accepted' : 'refused'
}

function checkRefusal({ status, text, headers }: RawAnswer): void {
  // Node.js itself refuses an expectation that it does not know, and answers to HEAD have no body.
  if (status === 417 || text === '') return
  demand(!/node_modules|\.[jt]s:\d+:\d|\n {4}at /.test(text), 'an error shows no stack')
  if (headers['content-type']?.startsWith('text/html')) {
    demand(/^(Missing values|Error: Please supply a valid list of nodes)$/.test(text), 'texts are the tutorial’s two')
    return
  }
  const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } }
  demand(typeof error?.code === 'string' && typeof error.message === 'string', 'an error has a code and a message')
  demand(text.length < 2_000, 'an error is short')
}

/** Sends bytes, and reads until the server hangs up. Who sends no whole request hangs up for his part at once. */
function exchange(port: number, bytes: Uint8Array, isWhole: boolean): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (chunk) => chunks.push(chunk))
    // Both sides may hang up while the other still writes.
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    if (isWhole) socket.write(bytes)
    else socket.end(bytes)
  })
}

function withoutInterim(received: Buffer): Buffer {
  const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
  return received.toString('latin1', 0, interim.length) === interim ? received.subarray(interim.length) : received
}

/** The peers that are registered are made up: nobody of that name may be called. */
class NobodyThere extends HttpChainSource {
  override chain(): AsyncGenerator<Uint8Array> {
    return nobody()
  }
}

async function* nobody(): AsyncGenerator<Uint8Array> {
  yield* []
  throw new SourceError('unreachable', 'nobody listens there')
}
