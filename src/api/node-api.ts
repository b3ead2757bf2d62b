import type { JsonValue } from '../primitives/json/value.js'
import type { Place } from './place.js'
import type {
  AddressBalance,
  BlockPage,
  FoundBlock,
  FoundTransaction,
  HeaderPage,
  History,
  ListedBlock,
  MinedBlock,
  MiningProgress,
  MiningTemplate,
  NodeEvent,
  NodeStatus,
  Peer,
  PendingPage,
  Resolution,
  SubmittedBlock,
  SyncProgress,
  TransactionProof,
} from './schemas.js'

export interface MineRequest {
  /** Whom the reward goes to; undefined for whom the node was told, or the node itself. */
  to?: string | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: MiningProgress) => void) | undefined
}

export interface ResolveRequest {
  signal?: AbortSignal | undefined
  /** Is told how far the fetching of blocks is, where these are fetched apart from the rest. */
  onProgress?: ((progress: SyncProgress) => void) | undefined
}

/** What a node has done since it was opened. */
export interface Activity {
  readonly blocksMined: number
  /** How often the chain of a peer, or part of it, became ours. */
  readonly chainReplacements: number
  /** Of all searches for a proof, those that found none included. */
  readonly hashes: number
}

/** A node that a server can expose: besides what its clients ask, it gives figures, and JSON text that needs no printing. */
export interface ServedNode extends NodeApi {
  /** Whether JSON is refused in which a key stands twice, or -0, as the network's rules refuse it. */
  readonly isStrict: boolean
  activity(): Activity
  /**
   * The whole chain, `[`, the blocks and `]`, in pieces, as it is when the first is asked for.
   * @returns how many blocks there were
   */
  chainText(): AsyncGenerator<Uint8Array, number>
  /** As `blocks`, `block`, `transaction` and `history`, with the JSON text of each block or transaction. */
  blockTexts(range: BlockRange): Promise<{ length: number; blocks: WithText<ListedBlock, 'block'>[] }>
  blockText(id: number | string): Promise<WithText<FoundBlock, 'block'>>
  transactionText(id: Place | string): Promise<WithText<FoundTransaction, 'transaction'>>
  historyTexts(
    request: HistoryRequest,
  ): Promise<
    Omit<History, 'transactions'> & { transactions: WithText<History['transactions'][number], 'transaction'>[] }
  >
}

/** With JSON text instead of a value: one of a peer may have millions of parts, and takes seconds to be read. */
type WithText<T, Value extends keyof T> = Omit<T, Value> & { json: Uint8Array }

export interface BlockRange {
  /** Counted from 1. */
  readonly from: number
  readonly limit: number
}

/** A page of what an address takes part in: from the last transaction on, or from the one before `before` on. */
export interface HistoryRequest {
  readonly address: string
  readonly limit: number
  readonly before?: Place | undefined
}

export interface EventsRequest {
  /** The id of the last event that is known: what came since is repeated. */
  readonly after?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** An event and what to ask for those after it; progress of a search has no id, as it is not repeated. */
export interface IdentifiedEvent {
  readonly id: string | undefined
  readonly event: NodeEvent
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
  /**
   * Offers a block that was found elsewhere.
   * @param block as the network prints it
   * @throws ApiError with the code of the rule that it breaks; unsupported, where only whole chains are judged
   */
  submitBlock(block: JsonValue): Promise<SubmittedBlock>
  /**
   * The next block, for a miner elsewhere to search; what it finds goes to `submitBlock`.
   * @throws ApiError unsupported, where work does not bind what a block holds; bad-address
   */
  miningTemplate(request?: { to?: string | undefined }): Promise<MiningTemplate>
  pending(page: { limit: number }): Promise<PendingPage>

  /** The blocks from height `from` on, `limit` of them at most; fewer where they are large, but one if there is one. */
  blocks(range: BlockRange): Promise<BlockPage>
  /** @param id its height, its hash, or the first digits of that, at least ten */
  block(id: number | string): Promise<FoundBlock>
  /** @param id its place, its id, or the first digits of that, at least ten */
  transaction(id: Place | string): Promise<FoundTransaction>
  /**
   * The headers of the blocks from height `from` on, `limit` of them at most, and no more than `MAX_HEADERS`.
   * @throws ApiError unsupported, where blocks have none
   */
  headers(range: BlockRange): Promise<HeaderPage>
  /**
   * What shows that a transaction stands in a block.
   * @throws ApiError unsupported, where blocks have no headers; not-found, also while it is pending
   */
  transactionProof(id: Place | string): Promise<TransactionProof>
  /** The transactions that name an address, `limit` of them at most; fewer where they are large, but one if there is one. */
  history(request: HistoryRequest): Promise<History>
  balance(address: string): Promise<AddressBalance>

  /** The registered peers. */
  peers(): Promise<Peer[]>
  /** @returns the addresses of all registered peers, `host:port` */
  addPeers(addresses: readonly string[]): Promise<string[]>
  removePeer(address: string): Promise<string[]>

  /** Asks every peer for its chain, and adopts the longest valid one that is longer than ours. */
  resolve(request?: ResolveRequest): Promise<Resolution>

  /** What happens, as it happens, until the signal is aborted or the node stops. The first event says whether some were missed. */
  events(request?: EventsRequest): AsyncIterable<IdentifiedEvent>

  close(): Promise<void>
}
