import { get, type IncomingMessage } from 'node:http'

export interface PeerLimits {
  firstByteMs: number
  answerMs: number
  maxBytes: number
}

export const PEER_LIMITS: PeerLimits = { firstByteMs: 5_000, answerMs: 30_000, maxBytes: 64 * 1024 * 1024 }

export type SourceFault = 'unreachable' | 'too-slow' | 'too-large' | 'no-chain'

/** Why a peer gave no chain. */
export class SourceError extends Error {
  readonly fault: SourceFault

  constructor(fault: SourceFault, message: string) {
    super(message)
    this.name = 'SourceError'
    this.fault = fault
  }
}

/**
 * Gives the bytes of peers' answers to `GET /chain`, within limits of time and size. Not with undici: up to its version 7 a
 * peer that hangs up before all of its answer is read ends the process (nodejs/undici#5360), and nodes in Python do so.
 */
export class HttpChainSource {
  readonly #limits: PeerLimits

  constructor(limits: PeerLimits = PEER_LIMITS) {
    this.#limits = limits
  }

  /**
   * @param address `host:port`
   * @throws SourceError, or the signal's reason
   */
  async *chain(address: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted()
    const { answerMs, maxBytes } = this.#limits
    const timeout = AbortSignal.timeout(answerMs)
    const stop = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
    try {
      const answer = await this.#ask(address, stop)
      try {
        if (answer.statusCode !== 200) {
          throw new SourceError('no-chain', `it answered with HTTP status ${answer.statusCode}`)
        }
        if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity') {
          throw new SourceError('no-chain', 'its answer is compressed, which was not asked for')
        }
        let bytes = 0
        for await (const chunk of answer as AsyncIterable<Uint8Array>) {
          bytes += chunk.length
          if (bytes > maxBytes) {
            throw new SourceError('too-large', `its answer is larger than ${maxBytes / 1024 / 1024} MiB`)
          }
          yield chunk
        }
        // Without a length, an answer that is given up looks like one that ends.
        stop.throwIfAborted()
      } finally {
        // Whoever stops reading early hangs up; without this the rest would be awaited.
        answer.on('error', () => {}).destroy()
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (timeout.aborted) throw new SourceError('too-slow', `no complete answer within ${answerMs / 1000} s`)
      throw sourceErrorOf(error)
    }
  }

  /** Asks on a connection of its own, and waits for the head of the answer. Redirects are not followed. */
  #ask(address: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { firstByteMs } = this.#limits
    return new Promise((resolve, reject) => {
      const request = get(`http://${address}/chain`, { agent: false, signal, headers: { accept: 'application/json' } })
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
