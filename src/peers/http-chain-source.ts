import { Agent, errors, request } from 'undici'

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

/** Gives the bytes of peers' answers to `GET /chain`, within limits of time and size. */
export class HttpChainSource {
  readonly #limits: PeerLimits
  readonly #agent: Agent

  constructor(limits: PeerLimits = PEER_LIMITS) {
    this.#limits = limits
    this.#agent = new Agent({
      connect: { timeout: limits.firstByteMs },
      headersTimeout: limits.firstByteMs,
      bodyTimeout: limits.answerMs,
      // Each question is asked on a connection of its own: nodes in Python close it.
      pipelining: 0,
    })
  }

  /**
   * @param address `host:port`
   * @throws SourceError, or the signal's reason
   */
  async *chain(address: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const timeout = AbortSignal.timeout(this.#limits.answerMs)
    try {
      const { statusCode, headers, body } = await request(`http://${address}/chain`, {
        dispatcher: this.#agent,
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        headers: { accept: 'application/json' },
      })
      try {
        if (statusCode !== 200) throw new SourceError('no-chain', `it answered with HTTP status ${statusCode}`)
        if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
          throw new SourceError('no-chain', 'its answer is compressed, which was not asked for')
        }
        let bytes = 0
        for await (const chunk of body) {
          bytes += chunk.length
          if (bytes > this.#limits.maxBytes) {
            throw new SourceError('too-large', `its answer is larger than ${this.#limits.maxBytes / 1024 / 1024} MiB`)
          }
          yield chunk
        }
      } finally {
        // Whoever stops reading early hangs up; without this the rest would be awaited.
        body.on('error', () => {}).destroy()
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw sourceErrorOf(error, this.#limits)
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}

function sourceErrorOf(error: unknown, limits: PeerLimits): unknown {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.ConnectTimeoutError) {
    return new SourceError('too-slow', `no answer within ${limits.firstByteMs / 1000} s`)
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new SourceError('too-slow', `no complete answer within ${limits.answerMs / 1000} s`)
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === 'ECONNREFUSED') return new SourceError('unreachable', 'nobody listens there')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new SourceError('unreachable', 'no such host')
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
    return new SourceError('unreachable', 'it closed the connection')
  }
  if (code?.startsWith('HPE_') || code?.startsWith('UND_ERR_')) {
    return new SourceError('no-chain', 'its answer is not proper HTTP')
  }
  // EHOSTUNREACH, ENETUNREACH and their like.
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new SourceError('unreachable', `the connection failed (${code})`)
  return error
}
