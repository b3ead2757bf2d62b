import { sha256 } from '#crypto'
import type { Block, BlockTransaction, Rules } from '../consensus/rules.js'
import { bytesOfHex, concatBytes, hexBounds, hexOf } from '../primitives/bytes.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { ChainReader } from './chain-reader.js'
import { DIGEST_BYTES, placeKey, placeRange, readPlaceKey, readU32, u32 } from './layout.js'
import type { KeyRange, StoreChange, StoreReader } from './store.js'

/** Where a transaction stands in the active chain. */
export interface Place {
  /** Of its block, counted from 1. */
  readonly height: number
  /** In its block, counted from 0. */
  readonly position: number
}

/** Its `encoded` is a copy: who keeps it does not keep the block in memory. */
export interface PlacedTransaction extends Place, BlockTransaction {
  readonly blockHash: string
  /** What the block says of its time; undefined where it says nothing. */
  readonly time: UnixSeconds | undefined
}

/** Of a block the first so many can be found. More stand only in a block that was made to cost us memory. */
const INDEXED_PER_BLOCK = 50_000
const NO_MORE = 0xffff_ffff
const NEXT_DIGEST = Uint8Array.of(0)

/** The index entries of a block's transactions: by their ids, and by the addresses they name. */
export function placeChanges<B extends Block>(
  rules: Rules<B>,
  block: B,
  height: number,
  branch: number,
): (StoreChange & { value: Uint8Array })[] {
  const places = new Map<string, number[]>()
  const add = (digest: string, position: number): void => {
    const positions = places.get(digest)
    if (positions === undefined) places.set(digest, [position])
    else if (positions.at(-1) !== position) positions.push(position)
  }
  const digests = new Map<string, string>()
  let position = 0
  for (const { id, addresses } of rules.transactionsIn(block)) {
    add(id.slice(0, 2 * DIGEST_BYTES), position)
    for (const address of addresses) {
      // The same few addresses are in most transactions of a block.
      const digest = digests.get(address) ?? hexOf(digestOf(address))
      digests.set(address, digest)
      add(digest, position)
    }
    if (++position === INDEXED_PER_BLOCK) break
  }
  return Array.from(places, ([digest, positions]) => ({
    key: placeKey(bytesOfHex(digest), height, branch),
    value: concatBytes(positions.map(u32)),
  }))
}

/** Removes the entries that `placeChanges` makes. */
export function placeRemovals<B extends Block>(
  rules: Rules<B>,
  block: B,
  height: number,
  branch: number,
): StoreChange[] {
  return placeChanges(rules, block, height, branch).map(({ key }) => ({ key }))
}

/**
 * Finds transactions of the active chain, at a cost that does not grow with it. The last ones come first, and a block is read when they
 * are asked for.
 */
export class TransactionIndex<B extends Block> {
  readonly #store: StoreReader
  readonly #rules: Rules<B>
  readonly #blocks: ChainReader<B>

  /** @param blocks the reader of the same store, or of the same snapshot */
  constructor(store: StoreReader, rules: Rules<B>, blocks: ChainReader<B>) {
    this.#store = store
    this.#rules = rules
    this.#blocks = blocks
  }

  /** The transactions that name an address; with `before`, those before that place. */
  ofAddress(address: string, before?: Place): AsyncGenerator<PlacedTransaction> {
    return this.#find(digestOf(address), ({ addresses }) => addresses.includes(address), before)
  }

  /** Where the transaction of an id stands: the tutorial may have it more than once. */
  withId(id: string): AsyncGenerator<PlacedTransaction> {
    return this.#find(bytesOfHex(id.slice(0, 2 * DIGEST_BYTES)), (transaction) => transaction.id === id)
  }

  /** The ids that begin with these hex digits: as many as there are, but no more than `limit`. */
  async idsWith(prefix: string, limit: number): Promise<string[]> {
    const ids: string[] = []
    let { from, to }: KeyRange = hexBounds(prefix.slice(0, 2 * DIGEST_BYTES))
    while (ids.length < limit) {
      const digest = await this.#firstDigest({ from, to })
      if (digest === undefined) break
      // An address may have such a digest as well.
      for await (const { id } of this.#find(digest, (transaction) => transaction.id.startsWith(prefix))) {
        ids.push(id)
        break
      }
      from = concatBytes([digest, new Uint8Array(8).fill(0xff), NEXT_DIGEST])
    }
    return ids
  }

  async #firstDigest(range: KeyRange): Promise<Uint8Array | undefined> {
    for await (const page of this.#store.entries(placeRange(range), { limit: 1 })) {
      for (const [key] of page) return readPlaceKey(key).digest
    }
    return undefined
  }

  async *#find(
    digest: Uint8Array,
    isWanted: (transaction: BlockTransaction) => boolean,
    before?: Place,
  ): AsyncGenerator<PlacedTransaction> {
    // Behind all places in the block of `before`: those that come after it are left out below.
    const to = concatBytes([digest, u32(before?.height ?? NO_MORE), u32(NO_MORE)])
    for await (const page of this.#store.entries(placeRange({ from: digest, to }), { reverse: true })) {
      for (const [key, value] of page) {
        const { height, branch } = readPlaceKey(key)
        if ((await this.#blocks.activeAt(height))?.branch !== branch) continue
        const end = height === before?.height ? before.position : NO_MORE
        const positions = positionsIn(value).filter((position) => position < end)
        if (positions.length === 0) continue
        const { block } = (await this.#blocks.blockAt(height))!
        const transactions = takeAt(positions, this.#rules.transactionsIn(block))
        for (const [i, transaction] of [...transactions.entries()].reverse()) {
          if (!isWanted(transaction)) continue
          const { id, addresses } = transaction
          const encoded = new Uint8Array(transaction.encoded)
          const place = { height, position: positions[i]!, blockHash: block.hash, time: this.#rules.timeOf(block) }
          yield { id, addresses, encoded, ...place }
        }
      }
    }
  }
}

/** What stands at some positions, which rise. What comes after the last of them is not looked at: a block may have millions. */
function takeAt<T>(positions: readonly number[], all: Iterable<T>): T[] {
  const taken: T[] = []
  let position = 0
  for (const each of all) {
    if (position++ !== positions[taken.length]) continue
    taken.push(each)
    if (taken.length === positions.length) break
  }
  return taken
}

function digestOf(address: string): Uint8Array {
  return sha256(address).subarray(0, DIGEST_BYTES)
}

function positionsIn(value: Uint8Array): number[] {
  return Array.from({ length: value.length / 4 }, (_, i) => readU32(value, 4 * i))
}
