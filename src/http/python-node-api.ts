import { z } from 'zod'
import { ApiError } from '../api/errors.js'
import type { BlockRange, HistoryRequest, IdentifiedEvent, MineRequest, NodeApi } from '../api/node-api.js'
import { onlyOne } from '../api/only-one.js'
import { type Place, printPlace } from '../api/place.js'
import type {
  AddressBalance,
  BlockPage,
  FoundBlock,
  FoundTransaction,
  HeaderPage,
  History,
  ListedBlock,
  MinedBlock,
  MiningTemplate,
  NodeStatus,
  Peer,
  PendingPage,
  Resolution,
  SubmittedBlock,
  TransactionProof,
} from '../api/schemas.js'
import { isReject, rejectText } from '../consensus/reject.js'
import type { Block, BlockTransaction, Ledger, Rules } from '../consensus/rules.js'
import { ChainAnswerReader } from '../consensus/tutorial/chain-answer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import { type JsonObject, type JsonValue, printJson, readCanonicalJson } from '../primitives/json/value.js'
import type { JsonClient } from './json-client.js'
import { readAnswer } from './read-answer.js'

/**
 * A node in Python, which has the tutorial's five calls and no others. What it cannot say is worked out from its chain,
 * as far as that goes.
 */
export class PythonNodeApi implements NodeApi {
  readonly #client: JsonClient
  readonly #rules: Rules<Block>
  readonly #workMs: number

  /** @param workMs how long mining or resolving may take: while it works, such a node cannot say whether it still does */
  constructor(client: JsonClient, rules: Rules<Block>, workMs = Number.POSITIVE_INFINITY) {
    this.#client = client
    this.#rules = rules
    this.#workMs = workMs
  }

  async status(): Promise<NodeStatus> {
    throw this.#unsupported('tell its status')
  }

  async mine({ signal }: MineRequest = {}): Promise<MinedBlock> {
    const start = performance.now()
    const schema = z.object({ message: z.string(), index: z.number() })
    const { index } = await this.#json('/mine', schema, { signal, timeoutMs: this.#workMs, leaves: 'chain' })
    const elapsedMs = performance.now() - start
    return { ...(await this.#blockAt(index, signal)), hashes: null, elapsedMs }
  }

  async submitPayment(request: JsonValue): Promise<{ height: number }> {
    const schema = z.object({ message: z.string().regex(/\d+$/) })
    const { message } = await this.#json('/transactions/new', schema, {
      method: 'POST',
      body: printJson(request),
      leaves: 'chain',
    })
    return { height: Number(/\d+$/.exec(message)![0]) }
  }

  async headers(): Promise<HeaderPage> {
    throw this.#unsupported('give headers')
  }

  async transactionProof(): Promise<TransactionProof> {
    throw this.#unsupported('prove anything')
  }

  async miningTemplate(): Promise<MiningTemplate> {
    throw this.#unsupported('make a template')
  }

  async submitBlock(): Promise<SubmittedBlock> {
    throw this.#unsupported('take single blocks')
  }

  async pending(): Promise<PendingPage> {
    throw this.#unsupported('list its pending transactions')
  }

  async blocks({ from, limit }: BlockRange): Promise<BlockPage> {
    const blocks: ListedBlock[] = []
    let height = 0
    for await (const block of this.#chain()) {
      height++
      if (height >= from && blocks.length < limit) blocks.push(listed(height, block))
    }
    return { length: height, blocks }
  }

  async block(id: number | string): Promise<FoundBlock> {
    const found: ListedBlock[] = []
    let length = 0
    for await (const block of this.#chain()) {
      length++
      if (typeof id === 'number' ? length === id : block.hash.startsWith(id)) found.push(listed(length, block))
    }
    return { ...onlyOne(found, 'block', String(id)), length }
  }

  async transaction(id: Place | string): Promise<FoundTransaction> {
    const { all, length } = await this.#transactions()
    const meant = all.filter((each) =>
      typeof id === 'string' ? each.id.startsWith(id) : each.height === id.height && each.position === id.position,
    )
    const name = typeof id === 'string' ? id : printPlace(id)
    const whole = onlyOne([...new Set(meant.map((each) => each.id))], 'transaction', name)
    const places = all.filter((each) => each.id === whole)
    const { transaction } = listedTransaction(places[0]!)
    return { id: whole, transaction, pending: 0, places: places.map(placed), more: false, length }
  }

  async history({ address, limit, before }: HistoryRequest): Promise<History> {
    const { all, length } = await this.#transactions()
    const isBefore = ({ height, position }: Place): boolean =>
      before === undefined || height < before.height || (height === before.height && position < before.position)
    const found = all.filter((each) => each.addresses.includes(address) && isBefore(each))
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    const next =
      last === undefined || shown.length === found.length ? null : { height: last.height, position: last.position }
    return { address, length, transactions: shown.map(listedTransaction), next }
  }

  async balance(address: string): Promise<AddressBalance> {
    const key = this.#rules.balanceKey(address)
    const values = new Map<string, Uint8Array | undefined>()
    const ledger: Ledger = { get: (name) => values.get(name), set: (name, value) => values.set(name, value) }
    let length = 0
    for await (const block of this.#chain()) {
      length++
      this.#rules.connectBlock(block, ledger)
    }
    return { address, ...this.#rules.readBalance(values.get(key)), length }
  }

  async peers(): Promise<Peer[]> {
    throw this.#unsupported('list its peers')
  }

  // biome-ignore lint/correctness/useYield: it ends before there could be an event
  async *events(): AsyncGenerator<IdentifiedEvent> {
    throw this.#unsupported('tell what happens')
  }

  async addPeers(addresses: readonly string[]): Promise<string[]> {
    // The Python program takes the host and port out of an address only where it has a scheme.
    const nodes = addresses.map((address) => (address.includes('://') ? address : `http://${address}`))
    const schema = z.object({ total_nodes: z.array(z.string()) })
    const body = JSON.stringify({ nodes })
    return (await this.#json('/nodes/register', schema, { method: 'POST', body, leaves: 'peers' })).total_nodes
  }

  async removePeer(): Promise<string[]> {
    throw this.#unsupported('remove a peer')
  }

  async resolve({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Resolution> {
    const lengthBefore = await this.#length(signal)
    const schema = z.object({ new_chain: z.array(z.unknown()) }).or(z.object({ chain: z.array(z.unknown()) }))
    const answer = await this.#json('/nodes/resolve', schema, { signal, timeoutMs: this.#workMs, leaves: 'chain' })
    const replaced = 'new_chain' in answer
    const length = replaced ? answer.new_chain.length : answer.chain.length
    return { replaced, lengthBefore, length, forkedAt: null, returned: 0, asked: null, verdicts: [], clockAhead: null }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** The block that was mined: the answer lacks the timestamp, and so the hash, but the chain has both. */
  async #blockAt(index: number, signal: AbortSignal | undefined): Promise<ListedBlock> {
    let height = 0
    let last: Block | undefined
    for await (const block of this.#chain(signal)) {
      height++
      last = block
      // Others may have been mined since.
      if (height === index) break
    }
    if (last === undefined) throw this.#client.badAnswer('/chain', 'its chain has no blocks')
    return listed(height, last)
  }

  /** All transactions of the chain, the last one first. */
  async #transactions(): Promise<{ all: ScannedTransaction[]; length: number }> {
    const all: ScannedTransaction[] = []
    let height = 0
    for await (const block of this.#chain()) {
      height++
      const time = this.#rules.timeOf(block) ?? null
      let position = 0
      for (const { id, addresses, encoded } of this.#rules.transactionsIn(block)) {
        all.push({ id, addresses, encoded, height, position: position++, blockHash: block.hash, time })
      }
    }
    return { all: all.reverse(), length: height }
  }

  async #length(signal: AbortSignal | undefined): Promise<number> {
    let length = 0
    for await (const _ of this.#chain(signal)) length++
    return length
  }

  async *#chain(signal?: AbortSignal): AsyncGenerator<Block> {
    const reader = new ChainAnswerReader(this.#rules.blockLimits)
    try {
      for await (const chunk of this.#client.stream('/chain', { signal })) yield* this.#decoded(reader.push(chunk))
      yield* this.#decoded(reader.end())
    } catch (error) {
      throw error instanceof JsonSyntaxError ? this.#client.badAnswer('/chain', error.message) : error
    }
  }

  *#decoded(printed: readonly Uint8Array[]): Generator<Block> {
    for (const text of printed) {
      const block = this.#rules.decodeBlock(text)
      if (isReject(block)) throw this.#client.badAnswer('/chain', rejectText(block))
      yield block
    }
  }

  async #json<T>(path: string, schema: z.ZodType<T>, options?: Parameters<JsonClient['json']>[1]): Promise<T> {
    const read = readAnswer(schema, await this.#client.json(path, options))
    if ('fault' in read) throw this.#client.badAnswer(path, read.fault)
    return read.value
  }

  #unsupported(what: string): ApiError {
    return new ApiError('unsupported', `${this.#client.url} is a plain Python node, which cannot ${what}`, {
      hint: `chain chain --node ${this.#client.url}; mine, send, balance, peers add and resolve work there, too`,
    })
  }
}

interface ScannedTransaction extends BlockTransaction, Place {
  readonly blockHash: string
  readonly time: number | null
}

function placed({ height, position, blockHash, time }: ScannedTransaction) {
  return { height, position, blockHash, time }
}

function listedTransaction(scanned: ScannedTransaction): History['transactions'][number] {
  return { ...placed(scanned), id: scanned.id, transaction: readCanonicalJson(scanned.encoded) }
}

function listed(height: number, { hash, encoded }: Block): ListedBlock {
  return { height, hash, block: readCanonicalJson(encoded) as JsonObject }
}
