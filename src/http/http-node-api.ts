import type { z } from 'zod'
import { ApiError } from '../api/errors.js'
import type {
  BlockRange,
  EventsRequest,
  HistoryRequest,
  IdentifiedEvent,
  MineRequest,
  NodeApi,
  ResolveRequest,
} from '../api/node-api.js'
import { type Place, printPlace } from '../api/place.js'
import {
  type AddressBalance,
  type BlockPage,
  balanceSchema,
  blockPageSchema,
  type FoundBlock,
  type FoundTransaction,
  foundBlockSchema,
  foundTransactionSchema,
  type HeaderPage,
  type History,
  headerPageSchema,
  historySchema,
  type MinedBlock,
  type MiningTemplate,
  minedBlockSchema,
  miningTemplateSchema,
  type NodeStatus,
  nodeEventSchema,
  type Peer,
  type PendingPage,
  peersSchema,
  pendingPageSchema,
  type Resolution,
  removedPeersSchema,
  resolutionSchema,
  type SubmittedBlock,
  statusSchema,
  submittedBlockSchema,
  type TransactionProof,
  transactionProofSchema,
} from '../api/schemas.js'
import { acceptedSchema, registeredSchema } from '../api/tutorial-schemas.js'
import { AbortScope } from '../primitives/abort-scope.js'
import { utf8 } from '../primitives/bytes.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { type JsonValue, parseJson, printJson } from '../primitives/json/value.js'
import { readEventStream } from './event-stream.js'
import type { CallOptions, JsonClient } from './json-client.js'
import { readAnswer } from './read-answer.js'

const ANSWER_LIMITS = { maxDepth: 1000, maxBytes: 128 * 1024 * 1024 }
/** How often a node that works is asked how far it is. */
const PROGRESS_MS = 250
/** How often where only whether it is still there matters. */
const ATTENTION_MS = 1_000

interface Working<Progress> {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** A node in another process. */
export class HttpNodeApi implements NodeApi {
  readonly #client: JsonClient

  constructor(client: JsonClient) {
    this.#client = client
  }

  status(): Promise<NodeStatus> {
    return this.#plain('/api/status', statusSchema)
  }

  mine({ to, ...request }: MineRequest = {}): Promise<MinedBlock> {
    const query = to === undefined ? '' : `?${new URLSearchParams({ to })}`
    return this.#attended('mining', request, (options) => this.#exact(`/api/mine${query}`, minedBlockSchema, options))
  }

  async submitPayment(request: JsonValue): Promise<{ height: number }> {
    const { message } = await this.#plain('/transactions/new', acceptedSchema, {
      method: 'POST',
      body: printJson(request),
      leaves: 'pending',
    })
    return { height: Number(message.slice(message.lastIndexOf(' ') + 1)) }
  }

  submitBlock(block: JsonValue): Promise<SubmittedBlock> {
    return this.#plain('/api/blocks', submittedBlockSchema, { method: 'POST', body: printJson(block), leaves: 'chain' })
  }

  miningTemplate({ to }: { to?: string | undefined } = {}): Promise<MiningTemplate> {
    const query = to === undefined ? '' : `?${new URLSearchParams({ address: to })}`
    return this.#exact(`/api/mining/template${query}`, miningTemplateSchema)
  }

  pending({ limit }: { limit: number }): Promise<PendingPage> {
    return this.#exact(`/api/pending?limit=${limit}`, pendingPageSchema)
  }

  blocks({ from, limit }: BlockRange): Promise<BlockPage> {
    return this.#exact(`/api/blocks?from=${from}&limit=${limit}`, blockPageSchema)
  }

  block(id: number | string): Promise<FoundBlock> {
    return this.#exact(`/api/blocks/${encodeURIComponent(id)}`, foundBlockSchema)
  }

  transaction(id: Place | string): Promise<FoundTransaction> {
    const text = typeof id === 'string' ? id : printPlace(id)
    return this.#exact(`/api/transactions/${encodeURIComponent(text)}`, foundTransactionSchema)
  }

  headers({ from, limit }: BlockRange): Promise<HeaderPage> {
    return this.#plain(`/api/headers?from=${from}&limit=${limit}`, headerPageSchema)
  }

  transactionProof(id: Place | string): Promise<TransactionProof> {
    const text = typeof id === 'string' ? id : printPlace(id)
    return this.#exact(`/api/transactions/${encodeURIComponent(text)}/proof`, transactionProofSchema)
  }

  history({ address, limit, before }: HistoryRequest): Promise<History> {
    const query = { address, limit: String(limit), ...(before && { before: printPlace(before) }) }
    return this.#exact(`/api/history?${new URLSearchParams(query)}`, historySchema)
  }

  balance(address: string): Promise<AddressBalance> {
    return this.#plain(`/api/balance?${new URLSearchParams({ address })}`, balanceSchema)
  }

  async peers(): Promise<Peer[]> {
    return (await this.#plain('/api/peers', peersSchema)).peers
  }

  async addPeers(addresses: readonly string[]): Promise<string[]> {
    const body = JSON.stringify({ nodes: addresses })
    return (await this.#plain('/nodes/register', registeredSchema, { method: 'POST', body, leaves: 'peers' }))
      .total_nodes
  }

  async removePeer(address: string): Promise<string[]> {
    const path = `/api/peers/${encodeURIComponent(address)}`
    return (await this.#plain(path, removedPeersSchema, { method: 'DELETE', leaves: 'peers' })).peers
  }

  resolve(request: ResolveRequest = {}): Promise<Resolution> {
    return this.#attended('syncing', request, (options) => this.#plain('/api/resolve', resolutionSchema, options))
  }

  async *events({ after, signal }: EventsRequest = {}): AsyncGenerator<IdentifiedEvent> {
    const path = `/api/events${after === undefined ? '' : `?${new URLSearchParams({ after })}`}`
    for await (const { id, data } of readEventStream(this.#client.stream(path, { signal, endless: true }))) {
      yield { id, event: this.#parsed(path, nodeEventSchema, utf8(data)) }
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /**
   * Has work done that takes as long as it takes. The node is asked meanwhile how it stands, one question at a time; one of which nothing
   * is heard for as long as a call may take is given up.
   */
  async #attended<K extends 'mining' | 'syncing', T>(
    work: K,
    { signal, onProgress }: Working<NonNullable<NodeStatus[K]>>,
    start: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const scope = new AbortScope([signal])
    let heard = performance.now()
    let asking = false
    const ask = async (): Promise<void> => {
      if (asking) return
      asking = true
      try {
        const { [work]: progress } = await this.#plain('/api/status', statusSchema, { signal: scope.signal })
        if (progress !== null && !scope.signal.aborted) onProgress?.(progress)
        heard = performance.now()
      } catch (error) {
        // Of all else the answer to the work itself tells more.
        if (!isSilence(error)) heard = performance.now()
        else if (performance.now() - heard >= this.#client.timeoutMs) scope.abort(error)
      } finally {
        asking = false
      }
    }
    const timer = setInterval(() => void ask(), onProgress === undefined ? ATTENTION_MS : PROGRESS_MS)
    try {
      return await start({ method: 'POST', leaves: 'chain', signal: scope.signal, timeoutMs: Number.POSITIVE_INFINITY })
    } finally {
      clearInterval(timer)
      scope.abort(undefined)
      scope.release()
    }
  }

  async #plain<T>(path: string, schema: z.ZodType<T>, options?: CallOptions): Promise<T> {
    return this.#checked(path, schema, await this.#client.json(path, options))
  }

  /** For answers that hold blocks or transactions. */
  async #exact<T>(path: string, schema: z.ZodType<T>, options?: CallOptions): Promise<T> {
    return this.#parsed(path, schema, await this.#client.call(path, options))
  }

  #parsed<T>(path: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
    try {
      return this.#checked(path, schema, parseJson(bytes, ANSWER_LIMITS))
    } catch (error) {
      throw error instanceof JsonSyntaxError ? this.#client.badAnswer(path, error.message) : error
    }
  }

  #checked<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
    const read = readAnswer(schema, value)
    if ('fault' in read) throw this.#client.badAnswer(path, read.fault)
    return read.value
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'timeout' || error.code === 'node-unreachable')
}
