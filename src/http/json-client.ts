import { type IncomingMessage, request } from 'node:http'
import { ApiError, type ApiErrorCode } from '../api/errors.js'
import { errorSchema } from '../api/schemas.js'
import { AbortScope } from '../primitives/abort-scope.js'

/** What an answer may weigh that is held as a whole. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024
/** What a chain may weigh, as much as `resolve` takes of a peer. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024
/** How long a stream without an end may be silent: a node says something every 15 s. */
const SILENCE_MS = 60_000
/** What is to arrive of a stream within the time of one call, unless it ends: so one that trickles ends, too. */
const STREAM_STEP_BYTES = 64 * 1024
const CONNECT_MS = 5_000
const KEEP_ALIVE_MS = 15_000

/** What to do about an answer that none of our nodes and no node in Python gives. */
const PERHAPS_NO_NODE = 'look whether that address is one of a node of this network'

/** Nobody reads more of what a node says of an error. */
const MAX_MESSAGE = 1_000

/** Why a connection failed, by the error's code. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ERR_STREAM_PREMATURE_CLOSE: 'it closed the connection',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
  ETIMEDOUT: 'it does not answer',
}

export interface JsonClientOptions {
  /** How long one call may take, but those that take as long as their work takes. */
  readonly timeoutMs: number
  /** Of a node whose operator this is. */
  readonly token?: string | undefined
  /** What to do where nobody can be reached. */
  readonly unreachableHint?: string
  /** How a person sees whether something was done, where that is not known. */
  readonly howToLook?: (at: Trace) => string
}

/** Where it shows that something was done. */
export type Trace = 'pending' | 'chain' | 'peers'

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: string
  readonly signal?: AbortSignal | undefined
  /** Of a call that changes something: who asks again, as he has heard nothing, may have it done twice. */
  readonly leaves?: Trace
  /** How long it may take, if not as long as calls do; infinite for what takes as long as its work takes. */
  readonly timeoutMs?: number | undefined
}

/**
 * Asks one node over HTTP, each question on a connection of its own, and turns everything that can go wrong into an
 * `ApiError`. Not with undici, for the reason that `HttpChainSource` gives.
 */
export class JsonClient {
  /** Without a slash at the end. */
  readonly url: string
  readonly timeoutMs: number
  readonly #unreachableHint: string
  readonly #howToLook: ((at: Trace) => string) | undefined
  readonly #token: string | undefined
  readonly #closed = new AbortController()

  constructor(
    url: string,
    { timeoutMs, token, unreachableHint = 'look whether a node runs there', howToLook }: JsonClientOptions,
  ) {
    this.#token = token
    this.#howToLook = howToLook
    this.url = url
    this.timeoutMs = timeoutMs
    this.#unreachableHint = unreachableHint
  }

  /** @throws ApiError also for an answer whose status is not 2xx, or the signal's reason */
  async call(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    const { signal, timeoutMs = this.timeoutMs, leaves } = options
    const limit = this.#limit(signal)
    if (Number.isFinite(timeoutMs)) limit.abortIn(timeoutMs, this.#late(timeoutMs))
    const connection = { isOpen: false }
    try {
      const answer = await this.#ask(path, options, limit.signal, connection)
      const bytes = await this.#read(answer)
      if (answer.statusCode! < 200 || answer.statusCode! >= 300) throw this.#refusal(path, answer, bytes)
      return bytes
    } catch (error) {
      const explained = this.#explained(error, limit.signal, connection)
      throw connection.isOpen && leaves !== undefined ? this.#unknownOutcome(explained, leaves) : explained
    } finally {
      limit.release()
    }
  }

  async json(path: string, options: CallOptions = {}): Promise<unknown> {
    const bytes = await this.call(path, options)
    try {
      return JSON.parse(new TextDecoder().decode(bytes))
    } catch {
      throw this.badAnswer(path, 'it is not JSON')
    }
  }

  /**
   * The answer to a GET, as it arrives.
   * @param endless for one that has no end, such as events
   * @throws as `call`, and ApiError where the answer stalls, trickles or does not end
   */
  async *stream(
    path: string,
    { signal, endless = false }: Pick<CallOptions, 'signal'> & { endless?: boolean } = {},
  ): AsyncGenerator<Uint8Array> {
    const limit = this.#limit(signal)
    limit.abortIn(this.timeoutMs, this.#late())
    const connection = { isOpen: false }
    try {
      const answer = await this.#ask(path, {}, limit.signal, connection)
      if (answer.statusCode !== 200) throw this.#refusal(path, answer, await this.#read(answer))
      let bytes = 0
      let stepAt = STREAM_STEP_BYTES
      for await (const chunk of answer as AsyncIterable<Uint8Array>) {
        bytes += chunk.length
        if (endless) limit.abortIn(SILENCE_MS, this.#late())
        else if (bytes > MAX_STREAM_BYTES) throw this.#tooLarge(MAX_STREAM_BYTES)
        else if (bytes >= stepAt) {
          stepAt = bytes + STREAM_STEP_BYTES
          limit.abortIn(this.timeoutMs, this.#late())
        }
        yield chunk
      }
    } catch (error) {
      throw this.#explained(error, limit.signal, connection)
    } finally {
      limit.release()
    }
  }

  badAnswer(path: string, why: string): ApiError {
    return new ApiError('bad-answer', `${this.url}${path} answered with something else than expected: ${why}`, {
      hint: PERHAPS_NO_NODE,
    })
  }

  /** Hangs up on what is still under way. */
  async close(): Promise<void> {
    this.#closed.abort(new ApiError('node-unreachable', `the connection to ${this.url} was closed`))
  }

  #limit(signal: AbortSignal | undefined): AbortScope {
    return new AbortScope([signal, this.#closed.signal])
  }

  /** @param connection is told when it is open: from then on the node may have heard what it is asked */
  #ask(
    path: string,
    { method = 'GET', body }: CallOptions,
    signal: AbortSignal,
    connection: { isOpen: boolean },
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      const asked = request(`${this.url}${path}`, { method, headers, agent: false, signal })
      const slow = Object.assign(new Error('no connection'), { code: 'ETIMEDOUT' })
      const timer = setTimeout(() => asked.destroy(slow), CONNECT_MS)
      asked.on('socket', (socket) => {
        // Of a machine that has lost its power nothing is heard, not even that.
        socket.setKeepAlive(true, KEEP_ALIVE_MS)
        socket.once('connect', () => {
          connection.isOpen = true
          clearTimeout(timer)
        })
      })
      asked.on('response', (answer) => {
        // What is wrong with the rest of the answer is told to the request, too.
        asked.on('error', (error) => answer.destroy(error))
        resolve(answer)
      })
      asked.on('error', reject)
      asked.on('close', () => clearTimeout(timer))
      asked.end(body)
    })
  }

  async #read(answer: IncomingMessage): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) throw this.#tooLarge(MAX_ANSWER_BYTES)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  #tooLarge(maxBytes: number): ApiError {
    return new ApiError('bad-answer', `the answer of ${this.url} is too large: more than ${maxBytes / 2 ** 20} MiB`, {
      hint: 'is that address a node of this network? no chain of so much is read over HTTP',
    })
  }

  #late(timeoutMs = this.timeoutMs): ApiError {
    return new ApiError('timeout', `${this.url} did not answer within ${timeoutMs / 1000} s`, {
      hint: 'give it longer with --timeout SECONDS',
    })
  }

  #unknownOutcome(error: unknown, leaves: Trace): unknown {
    if (!(error instanceof ApiError) || (error.code !== 'timeout' && error.code !== 'node-unreachable')) return error
    const { code, message, hint, cause } = error
    return new ApiError(code, `${message}: whether it did what it was asked is not known`, {
      hint: [this.#howToLook?.(leaves), code === 'timeout' ? hint : undefined].filter(Boolean).join('; ') || hint,
      cause,
    })
  }

  #explained(error: unknown, signal: AbortSignal, { isOpen }: { isOpen: boolean }): unknown {
    // Why it was ended tells more than what it then failed with.
    if (signal.aborted) return signal.reason
    if (error instanceof ApiError || !(error instanceof Error)) return error
    const code = 'code' in error ? String(error.code) : ''
    if (!/^(E(?!RR_)[A-Z_]+|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)) return error
    const why = code.startsWith('HPE_') ? 'its answer is not proper HTTP' : (FAILURES[code] ?? code)
    return new ApiError('node-unreachable', `the node at ${this.url} cannot be reached: ${why}`, {
      // Where somebody took the call, a node cannot be started.
      hint: isOpen ? PERHAPS_NO_NODE : this.#unreachableHint,
      cause: error,
    })
  }

  #refusal(path: string, { statusCode }: IncomingMessage, body: Uint8Array): ApiError {
    const text = new TextDecoder().decode(body)
    try {
      const { code, message, hint } = errorSchema.parse(JSON.parse(text)).error
      return new ApiError(code as ApiErrorCode, message.slice(0, MAX_MESSAGE), { hint: hint?.slice(0, MAX_MESSAGE) })
    } catch {
      // The tutorial's own calls refuse with a text.
      if (text.trim() === 'Missing values')
        return new ApiError('missing-value', `${this.url} refused it: Missing values`)
      if (statusCode === 404) {
        return new ApiError('unsupported', `${this.url} has no ${path.split('?', 1)[0]}`, { hint: PERHAPS_NO_NODE })
      }
      if (statusCode! < 400) return this.badAnswer(path, `the status ${statusCode}, and no node sends elsewhere`)
      const excerpt = text
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 200)
      const isBroken = statusCode! >= 500
      return new ApiError(
        isBroken ? 'internal' : 'bad-request',
        `${this.url} answered ${statusCode}: ${excerpt || 'nothing'}`,
        { hint: isBroken ? 'the terminal in which that node runs may say why' : undefined },
      )
    }
  }
}
