import type { IncomingMessage } from 'node:http'
import { AbortScope } from '../primitives/abort-scope.js'
import { concatBytes } from '../primitives/bytes.js'
import type { UnixSeconds } from '../primitives/time.js'
import { PEER_LIMITS, type PeerLimits } from './limits.js'
import { NameLookup } from './name-lookup.js'
import { Pace } from './pace.js'
import { SourceError } from './source-error.js'

/**
 * Gives the bytes of peers' answers, within limits of time and size. Not with undici: up to its version 7 a
 * peer that hangs up before all of its answer is read ends the process (nodejs/undici#5360), and nodes in Python do so.
 */
export class HttpChainSource {
  readonly limits: PeerLimits
  readonly #names = new NameLookup()

  constructor(limits: Partial<PeerLimits> = {}) {
    this.limits = { ...PEER_LIMITS, ...limits }
  }

  /**
   * The whole chain, `GET /chain`.
   * @param address `host:port`
   * @throws SourceError, or the signal's reason
   */
  chain(address: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#answer(address, { path: '/chain', maxBytes: this.limits.maxBytes }, signal)
  }

  /**
   * The answer to any GET, whole, and what the peer's clock showed, where it says that (RFC 9110, 6.6.1).
   * @throws SourceError, or the signal's reason
   */
  async whole(
    address: string,
    asked: { path: string; maxBytes: number },
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; clock: UnixSeconds | undefined }> {
    const chunks: Uint8Array[] = []
    let clock: UnixSeconds | undefined
    const onHead = ({ headers: { date } }: IncomingMessage): void => {
      const ms = Date.parse(date ?? '')
      if (!Number.isNaN(ms)) clock = ms / 1000
    }
    for await (const chunk of this.#answer(address, { ...asked, onHead }, signal)) chunks.push(chunk)
    return { bytes: concatBytes(chunks), clock }
  }

  async *#answer(
    address: string,
    { path, maxBytes, onHead }: { path: string; maxBytes: number; onHead?: (answer: IncomingMessage) => void },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    signal.throwIfAborted()
    const { answerMs, pace: step } = this.limits
    const scope = new AbortScope([signal])
    scope.abortIn(answerMs, new SourceError('too-slow', `no complete answer within ${answerMs / 1000} s`))
    const crawling = new SourceError(
      'too-slow',
      `less than ${step.bytes / 1024} KiB of its answer came in ${step.ms / 1000} s`,
    )
    const pace = new Pace(step, () => scope.abort(crawling))
    try {
      const answer = await this.#ask(`http://${address}${path}`, scope.signal)
      try {
        if (answer.statusCode !== 200) {
          throw new SourceError('no-chain', `it answered with HTTP status ${answer.statusCode}`, answer.statusCode)
        }
        if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity') {
          throw new SourceError('no-chain', 'its answer is compressed, which was not asked for')
        }
        onHead?.(answer)
        let bytes = 0
        pace.wait()
        for await (const chunk of answer as AsyncIterable<Uint8Array>) {
          pace.count(chunk.length)
          bytes += chunk.length
          if (bytes > maxBytes) {
            throw new SourceError('too-large', `its answer is larger than ${maxBytes / 1024 / 1024} MiB`)
          }
          yield chunk
          pace.wait()
        }
        // Without a length, an answer that is given up looks like one that ends.
        scope.signal.throwIfAborted()
      } finally {
        // Whoever stops reading early hangs up; without this the rest would be awaited.
        answer.on('error', () => {}).destroy()
      }
    } catch (error) {
      // Why it was ended tells more than what it then failed with.
      scope.signal.throwIfAborted()
      throw sourceErrorOf(error)
    } finally {
      pace.stop()
      scope.release()
    }
  }

  /** Asks on a connection of its own, and waits for the head of the answer. Redirects are not followed. */
  async #ask(url: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { firstByteMs } = this.limits
    // Loaded here: most commands that open a node ask no peer.
    const { get } = await import('node:http')
    return new Promise((resolve, reject) => {
      const { lookup } = this.#names
      const request = get(url, { agent: false, signal, lookup, headers: { accept: 'application/json' } })
      const slow = new SourceError('too-slow', `no answer within ${firstByteMs / 1000} s`)
      const timer = setTimeout(() => request.destroy(slow), firstByteMs)
      request.on('response', (answer) => {
        clearTimeout(timer)
        // What is wrong with the rest of the answer is told to the request, too.
        request.on('error', (error) => answer.destroy(error))
        resolve(answer)
      })
      request.on('error', reject)
      request.on('close', () => {
        clearTimeout(timer)
        reject(new SourceError('unreachable', 'it closed the connection'))
      })
    })
  }
}

function sourceErrorOf(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === 'ECONNREFUSED') return new SourceError('unreachable', 'nobody listens there')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new SourceError('unreachable', 'no such host')
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new SourceError('unreachable', 'it closed the connection')
  }
  if (code?.startsWith('HPE_')) return new SourceError('no-chain', 'its answer is not proper HTTP')
  // EHOSTUNREACH, ENETUNREACH and their like.
  if (code !== undefined && /^E(?!RR_)[A-Z_]+$/.test(code)) {
    return new SourceError('unreachable', `the connection failed (${code})`)
  }
  return error
}
