import type { z } from 'zod'
import { blockPageSchema, headerPageSchema } from '../api/schemas.js'
import { bytesOfHex } from '../primitives/bytes.js'
import type { JsonLimits } from '../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { parseJson, printJsonBytes } from '../primitives/json/value.js'
import { type HttpChainSource, SourceError } from './http-chain-source.js'
import type { Peer, Range } from './peer.js'

/** A page of ours has 1 MiB of blocks, or one that is larger; in characters beyond ASCII it is longer. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** A page, its list, an entry of that, and a block. */
const PAGE_DEPTH = 3
const TOO_MANY_REQUESTS = 429
/** It counts the requests of a second. */
const PAUSE_MS = 1_000

/** A peer over HTTP: `GET /api/headers` and `GET /api/blocks`. */
export class HttpPeer implements Peer {
  readonly address: string
  readonly #source: HttpChainSource
  readonly #limits: JsonLimits

  /** @param blockLimits `Rules.blockLimits` */
  constructor(address: string, source: HttpChainSource, blockLimits: JsonLimits) {
    this.address = address
    this.#source = source
    const { maxDepth, isStrict } = blockLimits
    this.#limits = { maxDepth: maxDepth + PAGE_DEPTH, maxBytes: MAX_ANSWER_BYTES, ...(isStrict && { isStrict }) }
  }

  async headers({ from, limit }: Range, signal: AbortSignal): ReturnType<Peer['headers']> {
    const page = await this.#page(`/api/headers?from=${from}&limit=${limit}`, headerPageSchema, signal)
    return { length: page.length, headers: page.headers.slice(0, limit).map(bytesOfHex) }
  }

  async blocks({ from, limit }: Range, signal: AbortSignal): ReturnType<Peer['blocks']> {
    const { blocks } = await this.#page(`/api/blocks?from=${from}&limit=${limit}`, blockPageSchema, signal)
    return blocks.slice(0, limit).map(({ block }) => printJsonBytes(block))
  }

  async #page<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        const text = await this.#source.whole(this.address, { path, maxBytes: MAX_ANSWER_BYTES }, signal)
        const parsed = schema.safeParse(parseJson(text, this.#limits))
        if (parsed.success) return parsed.data
        throw new SourceError('no-chain', `its answer to ${path.split('?', 1)[0]} is another one than expected`)
      } catch (error) {
        if (error instanceof JsonSyntaxError)
          throw new SourceError('no-chain', `its answer is no JSON: ${error.message}`)
        if (!(error instanceof SourceError) || error.status !== TOO_MANY_REQUESTS) throw error
      }
      await pause(signal)
    }
  }
}

/** @throws the signal's reason */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end)
      resolve()
    }, PAUSE_MS)
    signal.addEventListener('abort', end, { once: true })
  })
}
