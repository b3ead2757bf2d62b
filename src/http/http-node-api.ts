import { z } from 'zod'
import type { BlockPage, ListedBlock, MinedBlock, MineRequest, NodeApi, PendingPage } from '../api/node-api.js'
import {
  type AddressBalance,
  balanceSchema,
  type NodeStatus,
  peersSchema,
  type Resolution,
  resolutionSchema,
  statusSchema,
} from '../api/schemas.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import {
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  parseJson,
  printJson,
} from '../primitives/json/value.js'
import type { CallOptions, JsonClient } from './json-client.js'

const ANSWER_LIMITS = { maxDepth: 1000, maxBytes: 128 * 1024 * 1024 }
const PROGRESS_MS = 250

const listedSchema = z.object({
  height: z.instanceof(JsonNumber),
  hash: z.string(),
  block: z.custom<JsonObject>((value) => isJsonObject(value as JsonValue)),
})
const minedSchema = listedSchema.extend({
  hashes: z.instanceof(JsonNumber).nullable(),
  elapsedMs: z.instanceof(JsonNumber),
})
const blocksSchema = z.object({ length: z.instanceof(JsonNumber), blocks: z.array(listedSchema) })
const pendingSchema = z.object({
  total: z.instanceof(JsonNumber),
  transactions: z.array(z.custom<JsonValue>((value) => value !== undefined)),
})
const acceptedSchema = z.object({ message: z.string().regex(/Block \d+$/) })

/** A node in another process. */
export class HttpNodeApi implements NodeApi {
  readonly #client: JsonClient

  constructor(client: JsonClient) {
    this.#client = client
  }

  status(): Promise<NodeStatus> {
    return this.#plain('/api/status', statusSchema)
  }

  async mine({ signal, onProgress }: MineRequest = {}): Promise<MinedBlock> {
    const stopPolling = onProgress === undefined ? undefined : this.#poll(onProgress)
    try {
      const mined = await this.#exact('/api/mine', minedSchema, { method: 'POST', signal, unlimited: true })
      return {
        ...listed(mined),
        hashes: mined.hashes === null ? undefined : mined.hashes.toNumber(),
        elapsedMs: mined.elapsedMs.toNumber(),
      }
    } finally {
      stopPolling?.()
    }
  }

  async submitPayment(request: JsonValue): Promise<{ height: number }> {
    const { message } = await this.#plain('/transactions/new', acceptedSchema, {
      method: 'POST',
      body: printJson(request),
    })
    return { height: Number(message.slice(message.lastIndexOf(' ') + 1)) }
  }

  async pending({ limit }: { limit: number }): Promise<PendingPage> {
    const { total, transactions } = await this.#exact(`/api/pending?limit=${limit}`, pendingSchema)
    return { total: total.toNumber(), transactions }
  }

  async blocks({ from, limit }: { from: number; limit: number }): Promise<BlockPage> {
    const { length, blocks } = await this.#exact(`/api/blocks?from=${from}&limit=${limit}`, blocksSchema)
    return { length: length.toNumber(), blocks: blocks.map(listed) }
  }

  balance(address: string): Promise<AddressBalance> {
    return this.#plain(`/api/balance?${new URLSearchParams({ address })}`, balanceSchema)
  }

  async peers(): Promise<string[]> {
    return (await this.#plain('/api/peers', peersSchema)).peers
  }

  async addPeers(addresses: readonly string[]): Promise<string[]> {
    const body = JSON.stringify({ nodes: addresses })
    const schema = z.object({ total_nodes: z.array(z.string()) })
    return (await this.#plain('/nodes/register', schema, { method: 'POST', body })).total_nodes
  }

  async removePeer(address: string): Promise<string[]> {
    const path = `/api/peers/${encodeURIComponent(address)}`
    return (await this.#plain(path, peersSchema, { method: 'DELETE' })).peers
  }

  resolve({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Resolution> {
    return this.#plain('/api/resolve', resolutionSchema, { method: 'POST', signal, unlimited: true })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** Asks how the search stands, again and again, one question at a time. @returns what ends that */
  #poll(onProgress: NonNullable<MineRequest['onProgress']>): () => void {
    const over = new AbortController()
    let asking = false
    const ask = async (): Promise<void> => {
      if (asking) return
      asking = true
      try {
        const { mining } = await this.#plain('/api/status', statusSchema, { signal: over.signal })
        if (mining !== null) onProgress(mining)
      } catch {
        // What matters is the answer to the mining itself.
      } finally {
        asking = false
      }
    }
    const timer = setInterval(() => void ask(), PROGRESS_MS)
    return () => {
      clearInterval(timer)
      over.abort()
    }
  }

  async #plain<T>(path: string, schema: z.ZodType<T>, options?: CallOptions): Promise<T> {
    return this.#checked(path, schema, await this.#client.json(path, options))
  }

  /** For answers that hold blocks or transactions. */
  async #exact<T>(path: string, schema: z.ZodType<T>, options?: CallOptions): Promise<T> {
    const bytes = await this.#client.call(path, options)
    try {
      return this.#checked(path, schema, parseJson(bytes, ANSWER_LIMITS))
    } catch (error) {
      throw error instanceof JsonSyntaxError ? this.#client.badAnswer(path, error.message, error) : error
    }
  }

  #checked<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
    const checked = schema.safeParse(value)
    if (checked.success) return checked.data
    const { path: at, message } = checked.error.issues[0]!
    throw this.#client.badAnswer(path, `${at.join('.') || 'the answer'}: ${message}`)
  }
}

function listed({ height, hash, block }: z.infer<typeof listedSchema>): ListedBlock {
  return { height: height.toNumber(), hash, block }
}
