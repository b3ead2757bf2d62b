import { ApiError } from '../api/errors.js'
import { MAX_HEADERS, MAX_LIMIT } from '../api/limits.js'
import type { BlockRange, HistoryRequest, ServedNode } from '../api/node-api.js'
import { notThere, onlyOne } from '../api/only-one.js'
import type { Place } from '../api/place.js'
import type {
  AddressBalance,
  BlockPage,
  FoundBlock,
  FoundTransaction,
  HeaderPage,
  History,
  TransactionProof,
} from '../api/schemas.js'
import type { Chain, ChainSnapshot } from '../chain/chain.js'
import type { PlacedBlock } from '../chain/chain-reader.js'
import type { PlacedTransaction } from '../chain/transaction-index.js'
import type { Block, Rules, TreeRules } from '../consensus/rules.js'
import type { Mempool } from '../mempool/mempool.js'
import { concatBytes, hexOf, utf8 } from '../primitives/bytes.js'
import { type JsonObject, readCanonicalJson } from '../primitives/json/value.js'

/** What one page of blocks or transactions may weigh, unless it is a single one. */
const PAGE_BYTES = 1024 * 1024
/** Of a transaction that stands in many blocks, the last so many places are told. */
const PLACES_SHOWN = 20
const HASH_DIGITS = 64
/** Between the elements of an array, as Python prints it. */
const SEPARATOR = utf8(', ')

/** Answers what clients ask of the chain, each answer of one moment, whatever becomes of the chain meanwhile. */
export class ChainQueries<B extends Block> {
  readonly #chain: Chain<B>
  readonly #mempool: Mempool
  readonly #rules: Rules<B>

  constructor(chain: Chain<B>, mempool: Mempool, rules: Rules<B>) {
    this.#chain = chain
    this.#mempool = mempool
    this.#rules = rules
  }

  async blocks(range: BlockRange): Promise<BlockPage> {
    const { length, blocks } = await this.blockTexts(range)
    return { length, blocks: blocks.map(({ json, ...rest }) => ({ ...rest, block: objectOf(json) })) }
  }

  blockTexts({ from, limit }: BlockRange): ReturnType<ServedNode['blockTexts']> {
    return this.#inSnapshot(async ({ height: length, reader }) => {
      const blocks: Awaited<ReturnType<ServedNode['blockTexts']>>['blocks'] = []
      const end = Math.min(from + Math.min(limit, MAX_LIMIT), length + 1)
      let room = PAGE_BYTES
      for await (const page of reader.encodedBlocks(from, end)) {
        for (const { height, record, encoded } of page) {
          if (blocks.length > 0 && encoded.length > room) return { length, blocks }
          room -= encoded.length
          blocks.push({ height, hash: record.hash, json: this.#rules.blockJson(encoded) })
        }
      }
      return { length, blocks }
    })
  }

  async *chainText(): AsyncGenerator<Uint8Array, number> {
    const { height: length, reader, close } = await this.#chain.snapshot()
    try {
      let before = utf8('[')
      for await (const page of reader.encodings(1, length + 1)) {
        const parts: Uint8Array[] = []
        for (const encoded of page) {
          parts.push(before, this.#rules.blockJson(encoded))
          before = SEPARATOR
        }
        yield concatBytes(parts)
      }
      yield utf8(']')
      return length
    } finally {
      await close()
    }
  }

  /** @throws ApiError not-found, ambiguous */
  async block(id: number | string): Promise<FoundBlock> {
    const { json, ...rest } = await this.blockText(id)
    return { ...rest, block: objectOf(json) }
  }

  /** @throws ApiError not-found, ambiguous */
  blockText(id: number | string): ReturnType<ServedNode['blockText']> {
    return this.#inSnapshot(async (snapshot) => {
      const height = typeof id === 'number' ? id : await heightOfHash(snapshot, id)
      const { block } = await blockAt(snapshot, height)
      return { height, hash: block.hash, json: this.#rules.blockJson(block.encoded), length: snapshot.height }
    })
  }

  /** @throws ApiError not-found, ambiguous */
  async transaction(id: Place | string): Promise<FoundTransaction> {
    const { json, ...rest } = await this.transactionText(id)
    return { ...rest, transaction: readCanonicalJson(json) }
  }

  /** @throws ApiError not-found, ambiguous */
  transactionText(id: Place | string): ReturnType<ServedNode['transactionText']> {
    return this.#whereItIs((snapshot) => this.#transactionIn(snapshot, id))
  }

  /** @throws ApiError unsupported */
  headers({ from, limit }: BlockRange): Promise<HeaderPage> {
    this.#tree()
    return this.#inSnapshot(async ({ height: length, reader }) => {
      const headers = await reader.headers(from, Math.min(from + Math.min(limit, MAX_HEADERS), length + 1))
      return { length, headers: headers.map(hexOf) }
    })
  }

  /** @throws ApiError unsupported, not-found, ambiguous */
  transactionProof(id: Place | string): Promise<TransactionProof> {
    const tree = this.#tree()
    return this.#whereItIs(async (snapshot) => {
      const found = await this.#transactionIn(snapshot, id)
      const [place] = found.places
      if (place === undefined) {
        const hint = 'ask again when a block holds it'
        throw new ApiError('not-found', `transaction ${found.id} is pending, and stands in no block yet`, { hint })
      }
      const { height, position } = place
      const { block } = await blockAt(snapshot, height)
      const { branch, extraNonce } = tree.inclusionOf(block, position)
      return {
        id: found.id,
        transaction: readCanonicalJson(found.json),
        height,
        position,
        header: hexOf(tree.headerOf(block)),
        branch: branch.map(hexOf),
        extraNonce: extraNonce === undefined ? null : hexOf(extraNonce),
        length: snapshot.height,
      }
    })
  }

  async history(request: HistoryRequest): Promise<History> {
    const { transactions, ...page } = await this.historyTexts(request)
    return {
      ...page,
      transactions: transactions.map(({ json, ...rest }) => ({ ...rest, transaction: readCanonicalJson(json) })),
    }
  }

  historyTexts({ address, limit, before }: HistoryRequest): ReturnType<ServedNode['historyTexts']> {
    return this.#inSnapshot(async ({ height: length, transactions: index }) => {
      const transactions: Awaited<ReturnType<ServedNode['historyTexts']>>['transactions'] = []
      let room = PAGE_BYTES
      let last: Place | undefined
      for await (const found of index.ofAddress(address, before)) {
        const { id, encoded, height, position } = found
        const isFull = transactions.length === limit || encoded.length > room
        if (last !== undefined && isFull) return { address, length, transactions, next: last }
        room -= encoded.length
        last = { height, position }
        transactions.push({ ...placeOf(found), id, json: encoded })
      }
      return { address, length, transactions, next: null }
    })
  }

  async balance(address: string): Promise<AddressBalance> {
    const { transfers: _, ...balance } = await this.#chain.balance(address)
    const after = await this.#mempool.balanceAfter(address)
    if (after === undefined) return { address, ...balance }
    return { address, ...balance, next: { nonce: after.transfers!, amount: after.amount } }
  }

  #tree(): TreeRules<B> {
    const { tree } = this.#rules
    if (tree !== undefined) return tree
    const hint = 'take the whole chain, GET /chain, and check that'
    throw new ApiError('unsupported', 'on this network blocks have no headers', { hint })
  }

  /** Looks in a snapshot for what moves: what has just been taken into a block is pending no more, and not in the chain of before. */
  async #whereItIs<T>(look: (snapshot: ChainSnapshot<B>) => Promise<T>): Promise<T> {
    for (;;) {
      const { hash } = this.#chain.tip.block
      try {
        return await this.#inSnapshot(look)
      } catch (error) {
        const hasMoved = this.#chain.tip.block.hash !== hash
        if (!(error instanceof ApiError) || error.code !== 'not-found' || !hasMoved) throw error
      }
    }
  }

  async #inSnapshot<T>(work: (snapshot: ChainSnapshot<B>) => Promise<T>): Promise<T> {
    const snapshot = await this.#chain.snapshot()
    try {
      return await work(snapshot)
    } finally {
      await snapshot.close()
    }
  }

  async #transactionIn(snapshot: ChainSnapshot<B>, id: Place | string): ReturnType<ServedNode['transactionText']> {
    const whole = typeof id === 'string' ? await this.#wholeId(snapshot, id) : await this.#idAt(snapshot, id)
    const pending = this.#mempool.withId(whole)
    let encoded = pending[0]
    const places: FoundTransaction['places'] = []
    let more = false
    for await (const found of snapshot.transactions.withId(whole)) {
      more = places.length === PLACES_SHOWN
      if (more) break
      // Those of one id are equal: one will do.
      encoded ??= found.encoded
      places.push(placeOf(found))
    }
    if (encoded === undefined) throw notThere('transaction', whole)
    return { id: whole, json: encoded, pending: pending.length, places, more, length: snapshot.height }
  }

  async #wholeId({ transactions }: ChainSnapshot<B>, digits: string): Promise<string> {
    if (digits.length === HASH_DIGITS) return digits
    const pending = this.#mempool.idsWith(digits)
    return onlyOne([...new Set([...pending, ...(await transactions.idsWith(digits, 2))])], 'transaction', digits)
  }

  async #idAt(snapshot: ChainSnapshot<B>, { height, position }: Place): Promise<string> {
    const { block } = await blockAt(snapshot, height)
    let count = 0
    for (const transaction of this.#rules.transactionsIn(block)) {
      if (count === position) return transaction.id
      count++
    }
    if (count === 0)
      throw new ApiError('not-found', `block ${height} holds no transaction`, { hint: 'take another block' })
    const counted = count === 1 ? '1 transaction' : `${count} transactions`
    const hint = `take one from ${height}.0 to ${height}.${count - 1}`
    throw new ApiError('not-found', `block ${height} has ${counted}, counted from 0`, { hint })
  }
}

async function heightOfHash<B extends Block>({ reader }: ChainSnapshot<B>, digits: string): Promise<number> {
  return onlyOne(await reader.heightsWith(digits, 2), 'block', digits)
}

async function blockAt<B extends Block>(snapshot: ChainSnapshot<B>, height: number): Promise<PlacedBlock<B>> {
  const placed = await snapshot.reader.blockAt(height)
  if (placed !== undefined) return placed
  const { height: length } = snapshot
  const hint = length === 1 ? 'take 1, the only one so far' : `take one from 1 to ${length}`
  throw new ApiError('not-found', `there is no block ${height}: the chain has ${length}, counted from 1`, { hint })
}

function placeOf({ height, position, blockHash, time }: PlacedTransaction): FoundTransaction['places'][number] {
  return { height, position, blockHash, time: time ?? null }
}

function objectOf(json: Uint8Array): JsonObject {
  return readCanonicalJson(json) as JsonObject
}
