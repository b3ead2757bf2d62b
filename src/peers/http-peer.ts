import { setTimeout } from 'node:timers/promises'
import { bytesOfHex, utf8 } from '../primitives/bytes.js'
import { canonicalJson, type JsonLimits } from '../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { canonicalElements, canonicalMember, readCanonicalJson } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { HttpChainSource } from './http-chain-source.js'
import { SourceError } from './source-error.js'
import type { Peer, Range } from './sync/peer.js'

/** A page of ours has 1 MiB of blocks, or one that is larger; in characters beyond ASCII it is longer. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** A page, its list, an entry of that, and a block. */
const PAGE_DEPTH = 3
/** Blocks of a coinbase alone have a value in some 30 bytes, others fewer. What has many more is read for seconds, and is no page. */
const MAX_PAGE_VALUES = 120_000
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
    const maxDepth = blockLimits.maxDepth + PAGE_DEPTH
    this.#limits = { ...blockLimits, maxDepth, maxBytes: MAX_ANSWER_BYTES, maxValues: MAX_PAGE_VALUES }
  }

  async headers({ from, limit }: Range, signal: AbortSignal): ReturnType<Peer['headers']> {
    const { page, clock } = await this.#page(`/api/headers?from=${from}&limit=${limit}`, signal)
    // Loaded here: a command that asks no peer is not to wait for it.
    const { headerPageSchema } = await import('../api/schemas.js')
    const parsed = headerPageSchema.safeParse(readCanonicalJson(page))
    if (!parsed.success) throw unexpected('/api/headers')
    const { length, headers } = parsed.data
    return { length, headers: headers.slice(0, limit).map(bytesOfHex), clock }
  }

  async blocks({ from, limit }: Range, signal: AbortSignal): ReturnType<Peer['blocks']> {
    const { page } = await this.#page(`/api/blocks?from=${from}&limit=${limit}`, signal)
    const blocks = blocksIn(page, limit)
    if (blocks === undefined) throw unexpected('/api/blocks')
    return blocks
  }

  /** What is answered, as `JsonCanonicalizer` prints it. */
  async #page(path: string, signal: AbortSignal): Promise<{ page: Uint8Array; clock: UnixSeconds | undefined }> {
    const { answerMs } = this.#source.limits
    const end = performance.now() + answerMs
    while (performance.now() < end) {
      try {
        const { bytes, clock } = await this.#source.whole(this.address, { path, maxBytes: MAX_ANSWER_BYTES }, signal)
        return { page: canonicalJson(bytes, this.#limits), clock }
      } catch (error) {
        if (error instanceof JsonSyntaxError)
          throw new SourceError('no-chain', `its answer is no JSON: ${error.message}`)
        if (!(error instanceof SourceError) || error.status !== TOO_MANY_REQUESTS) throw error
      }
      await setTimeout(PAUSE_MS, undefined, { signal }).catch(() => {})
      signal.throwIfAborted()
    }
    throw new SourceError('too-slow', `it was asked too often for ${answerMs / 1000} s`)
  }
}

const [OPEN_OBJECT, OPEN_LIST] = utf8('{[') as unknown as readonly number[]

/**
 * The blocks in a page, each as it is printed there: they are read once, by the rules, and not here as well.
 * @param page canonical
 * @returns undefined where it has another form
 */
function blocksIn(page: Uint8Array, limit: number): Uint8Array[] | undefined {
  const list = page[0] === OPEN_OBJECT ? canonicalMember(page, 'blocks') : undefined
  if (list === undefined || page[list.start] !== OPEN_LIST) return undefined
  const blocks: Uint8Array[] = []
  for (const entry of canonicalElements(page, list.start)) {
    if (blocks.length === limit) break
    const block = page[entry.start] === OPEN_OBJECT ? canonicalMember(page, 'block', entry.start + 1) : undefined
    if (block === undefined || page[block.start] !== OPEN_OBJECT) return undefined
    // A copy: the page is larger, and its memory is used again.
    blocks.push(page.slice(block.start, block.end))
  }
  return blocks
}

function unexpected(path: string): SourceError {
  return new SourceError('no-chain', `its answer to ${path} is another one than expected`)
}
