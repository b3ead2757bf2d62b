import { Agent, type Dispatcher, errors, request } from 'undici'
import { ApiError, type ApiErrorCode } from '../api/errors.js'
import { errorSchema } from '../api/schemas.js'

/** What an answer may weigh; only a whole chain needs more, and that is read as a stream. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

/** Why a connection failed, by the error's code. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it closed the connection',
  ENOTFOUND: 'no such host',
  UND_ERR_SOCKET: 'it closed the connection',
}

export interface JsonClientOptions {
  /** How long one call may take; mining and resolving are not limited by it. */
  readonly timeoutMs: number
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: string
  readonly signal?: AbortSignal | undefined
  /** For calls that take as long as their work takes. */
  readonly unlimited?: boolean
}

/** Asks one node over HTTP, and turns everything that can go wrong into an `ApiError`. */
export class JsonClient {
  /** Without a slash at the end. */
  readonly url: string
  readonly #timeoutMs: number
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 5_000 } })

  constructor(url: string, { timeoutMs }: JsonClientOptions) {
    this.url = url
    this.#timeoutMs = timeoutMs
  }

  /** @throws ApiError also for an answer whose status is not 2xx, or the signal's reason */
  async call(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    const { statusCode, body } = await this.#request(path, options)
    const bytes = await this.#read(body, options)
    if (statusCode < 200 || statusCode >= 300) throw errorOfAnswer(this.url, path, statusCode, bytes)
    return bytes
  }

  async json(path: string, options: CallOptions = {}): Promise<unknown> {
    const bytes = await this.call(path, options)
    try {
      return JSON.parse(new TextDecoder().decode(bytes))
    } catch (cause) {
      throw this.badAnswer(path, 'it is not JSON', cause)
    }
  }

  badAnswer(path: string, why: string, cause?: unknown): ApiError {
    return new ApiError('bad-answer', `${this.url}${path} answered with something else than expected: ${why}`, {
      hint: 'is that address a node of this network?',
      cause,
    })
  }

  /** The answer to a GET, as it arrives. */
  async *stream(path: string): AsyncGenerator<Uint8Array> {
    const { statusCode, body } = await this.#request(path, { unlimited: true })
    if (statusCode !== 200) throw errorOfAnswer(this.url, path, statusCode, await this.#read(body, {}))
    try {
      yield* body
    } catch (error) {
      throw this.#explained(error)
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #request(path: string, options: CallOptions): Promise<Dispatcher.ResponseData> {
    const { method = 'GET', body, signal, unlimited = false } = options
    const signals = [signal, unlimited ? undefined : AbortSignal.timeout(this.#timeoutMs)].filter(
      (s) => s !== undefined,
    )
    try {
      return await request(`${this.url}${path}`, {
        dispatcher: this.#agent,
        method,
        signal: AbortSignal.any(signals),
        ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw this.#explained(error)
    }
  }

  async #read(body: AsyncIterable<Uint8Array>, { signal }: CallOptions): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    try {
      for await (const chunk of body) {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) throw new ApiError('bad-answer', `the answer of ${this.url} is too large`)
        chunks.push(chunk)
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw this.#explained(error)
    }
    return Buffer.concat(chunks)
  }

  #explained(error: unknown): unknown {
    if (error instanceof ApiError) return error
    if (error instanceof Error && error.name === 'TimeoutError') {
      return new ApiError('timeout', `${this.url} did not answer within ${this.#timeoutMs / 1000} s`, {
        hint: 'give it longer with --timeout SECONDS',
      })
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // Not an UndiciError, whatever its type says.
    const isNotHttp = error instanceof errors.HTTPParserError
    if (error instanceof errors.UndiciError || isNotHttp || /^E[A-Z]+$/.test(code)) {
      const why = isNotHttp ? 'its answer is not proper HTTP' : (FAILURES[code] ?? code)
      return new ApiError('node-unreachable', `the node at ${this.url} cannot be reached: ${why}`, {
        hint: 'chain serve, to start a node here; or another --node URL',
        cause: error,
      })
    }
    return error
  }
}

function errorOfAnswer(url: string, path: string, status: number, body: Uint8Array): ApiError {
  const text = new TextDecoder().decode(body)
  try {
    const { code, message, hint } = errorSchema.parse(JSON.parse(text)).error
    return new ApiError(code as ApiErrorCode, message, { hint })
  } catch {
    // The tutorial refuses with texts.
    const excerpt = text
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 200)
    if (status === 404) return new ApiError('unsupported', `${url} has no ${path.split('?', 1)[0]}`)
    if (status === 400 && excerpt === 'Missing values') {
      return new ApiError('missing-value', `${url} answered: ${excerpt}`)
    }
    return new ApiError(
      status >= 500 ? 'internal' : 'bad-request',
      `${url} answered ${status}: ${excerpt || 'nothing'}`,
    )
  }
}
