import type { JsonObject, JsonValue } from '../primitives/json/value.js'
import type { AddressBalance, NodeStatus, Resolution } from './schemas.js'

/** A block as a client sees it: its JSON exact, and what the chain knows of it. */
export interface ListedBlock {
  /** Its place in the chain, counted from 1. */
  readonly height: number
  readonly hash: string
  readonly block: JsonObject
}

export interface BlockPage {
  /** Blocks in the whole chain. */
  readonly length: number
  readonly blocks: readonly ListedBlock[]
}

export interface PendingPage {
  /** Pending transactions in all. */
  readonly total: number
  /** The first of them, in the order of their arrival; fewer than asked for where they are large. */
  readonly transactions: readonly JsonValue[]
}

export interface MinedBlock extends ListedBlock {
  /** Hashes that the search took; unknown where the node does not say. */
  readonly hashes: number | undefined
  readonly elapsedMs: number
}

export interface MiningProgress {
  /** Undefined where the node does not say. */
  readonly hashes: number | undefined
  readonly elapsedMs: number
  readonly expectedHashes: number | undefined
}

export interface MineRequest {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: MiningProgress) => void) | undefined
}

/** A node that a server can expose: besides what its clients ask, it gives JSON text that needs no printing. */
export interface ServedNode extends NodeApi {
  /**
   * The whole chain, `[`, the blocks and `]`, in pieces, as it is when the first is asked for.
   * @returns how many blocks there were
   */
  chainText(): AsyncGenerator<Uint8Array, number>
  /** As `blocks`, with the JSON text of each block. */
  blockTexts(
    range: BlockRange,
  ): Promise<{ length: number; blocks: (Omit<ListedBlock, 'block'> & { json: Uint8Array })[] }>
}

export interface BlockRange {
  /** Counted from 1. */
  readonly from: number
  readonly limit: number
}

/**
 * Everything a client may ask of a node, wherever that node is: `Node` answers in its own process, `HttpNodeApi` asks another one.
 * All calls reject with `ApiError` where the node refuses or cannot be reached.
 */
export interface NodeApi {
  status(): Promise<NodeStatus>

  /** Mines one block. Searches that are asked for meanwhile wait. */
  mine(request?: MineRequest): Promise<MinedBlock>

  /**
   * Asks for a transaction to become pending; it is kept when this resolves.
   * @param request the body of `POST /transactions/new`
   * @returns the height of the block that will hold it, if no other chain is adopted before
   */
  submitPayment(request: JsonValue): Promise<{ height: number }>
  pending(page: { limit: number }): Promise<PendingPage>

  /** The blocks from height `from` on, `limit` of them at most; fewer where they are large, but one if there is one. */
  blocks(range: BlockRange): Promise<BlockPage>
  balance(address: string): Promise<AddressBalance>

  /** Registered peers, `host:port`. */
  peers(): Promise<string[]>
  /** @returns all registered peers */
  addPeers(addresses: readonly string[]): Promise<string[]>
  removePeer(address: string): Promise<string[]>

  /** Asks every peer for its chain, and adopts the longest valid one that is longer than ours. */
  resolve(request?: { signal?: AbortSignal | undefined }): Promise<Resolution>

  close(): Promise<void>
}
