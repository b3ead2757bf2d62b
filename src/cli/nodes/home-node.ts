import { ApiError } from '../../api/errors.js'
import type {
  BlockRange,
  EventsRequest,
  HistoryRequest,
  IdentifiedEvent,
  MineRequest,
  NodeApi,
  ResolveRequest,
} from '../../api/node-api.js'
import type { Place } from '../../api/place.js'
import type {
  AddressBalance,
  BlockPage,
  FoundBlock,
  FoundTransaction,
  HeaderPage,
  History,
  MinedBlock,
  MiningTemplate,
  NodeStatus,
  Peer,
  PendingPage,
  Resolution,
  SubmittedBlock,
  TransactionProof,
} from '../../api/schemas.js'
import type { Block } from '../../consensus/rules.js'
import type { Node } from '../../node/node.js'
import type { JsonValue } from '../../primitives/json/value.js'

/** The node of a home, in this process or in the one that holds the home. */
export interface ReachedNode {
  readonly api: NodeApi
  /** Itself, where it is open in this process. */
  readonly node?: Node<Block>
  readonly identity: string
  /** The process that holds it, where that is another one. */
  readonly holder?: string
  /** Whether it is open for another command, and ends with it, which nobody who uses it expects. */
  readonly isBorrowed: boolean
  close(): Promise<void>
}

/**
 * The node of a home, whichever process holds it. Where that is another command and it ends, the node is opened anew, in this process or
 * the next one that holds the home, and asked again for what the one that ended did not do.
 */
export class HomeNode implements NodeApi {
  readonly #open: () => Promise<ReachedNode>
  readonly #howToLook: string
  #reached: Promise<ReachedNode>
  #isClosed = false

  /**
   * @param open opens the node, also for the first time
   * @param howToLook says how a person sees whether something was done, where that is not known
   */
  constructor(open: () => Promise<ReachedNode>, howToLook: string) {
    this.#open = open
    this.#howToLook = howToLook
    this.#reached = open()
  }

  /** The node as it is reached now. */
  reached(): Promise<ReachedNode> {
    return this.#reached
  }

  status(): Promise<NodeStatus> {
    return this.#ask((api) => api.status())
  }

  mine(request?: MineRequest): Promise<MinedBlock> {
    // If the one that died had found a block, there is one more: nothing is lost by another search.
    return this.#ask((api) => api.mine(request))
  }

  submitPayment(request: JsonValue): Promise<{ height: number }> {
    return this.#askOnce((api) => api.submitPayment(request))
  }

  submitBlock(block: JsonValue): Promise<SubmittedBlock> {
    // One that is there already is known.
    return this.#ask((api) => api.submitBlock(block))
  }

  miningTemplate(request?: { to?: string | undefined }): Promise<MiningTemplate> {
    return this.#ask((api) => api.miningTemplate(request))
  }

  pending(page: { limit: number }): Promise<PendingPage> {
    return this.#ask((api) => api.pending(page))
  }

  blocks(range: BlockRange): Promise<BlockPage> {
    return this.#ask((api) => api.blocks(range))
  }

  block(id: number | string): Promise<FoundBlock> {
    return this.#ask((api) => api.block(id))
  }

  transaction(id: Place | string): Promise<FoundTransaction> {
    return this.#ask((api) => api.transaction(id))
  }

  headers(range: BlockRange): Promise<HeaderPage> {
    return this.#ask((api) => api.headers(range))
  }

  transactionProof(id: Place | string): Promise<TransactionProof> {
    return this.#ask((api) => api.transactionProof(id))
  }

  history(request: HistoryRequest): Promise<History> {
    return this.#ask((api) => api.history(request))
  }

  balance(address: string): Promise<AddressBalance> {
    return this.#ask((api) => api.balance(address))
  }

  peers(): Promise<Peer[]> {
    return this.#ask((api) => api.peers())
  }

  addPeers(addresses: readonly string[]): Promise<string[]> {
    return this.#ask((api) => api.addPeers(addresses))
  }

  removePeer(address: string): Promise<string[]> {
    return this.#askOnce((api) => api.removePeer(address))
  }

  resolve(request?: ResolveRequest): Promise<Resolution> {
    return this.#ask((api) => api.resolve(request))
  }

  async *events({ after, signal }: EventsRequest = {}): AsyncGenerator<IdentifiedEvent> {
    let last = after
    for (;;) {
      const asked = this.#reached
      const { api, isBorrowed, close } = await asked
      try {
        for await (const each of api.events({ after: last, signal })) {
          last = each.id ?? last
          yield each
        }
        if (!isBorrowed || this.#isClosed) return
      } catch (error) {
        if (!isBorrowed || this.#isClosed || !(error instanceof ApiError) || error.code !== 'node-unreachable')
          throw error
      }
      if (this.#reached === asked) this.#reached = close().then(this.#open)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const reached = await this.#reached.catch(() => undefined)
    await reached?.close()
  }

  /** Asks until the answer is there. */
  #ask<T>(call: (api: NodeApi) => Promise<T>): Promise<T> {
    return this.#askUntil(call, (error) => error.code === 'shutting-down' || error.code === 'node-unreachable')
  }

  /** Asks again only where it is certain that nothing was done. */
  #askOnce<T>(call: (api: NodeApi) => Promise<T>): Promise<T> {
    return this.#askUntil(call, (error) => {
      if (error.code === 'node-unreachable' && !isRefused(error)) throw this.#unknownOutcome(error)
      return error.code === 'shutting-down' || isRefused(error)
    })
  }

  #unknownOutcome(cause: ApiError): ApiError {
    const what = 'the command that held the node died before it answered: whether it did this is not known'
    return new ApiError('node-unreachable', what, { hint: this.#howToLook, cause })
  }

  async #askUntil<T>(call: (api: NodeApi) => Promise<T>, isUndone: (error: ApiError) => boolean): Promise<T> {
    for (;;) {
      const asked = this.#reached
      const { api, isBorrowed, close } = await asked
      try {
        return await call(api)
      } catch (error) {
        if (!isBorrowed || this.#isClosed || !(error instanceof ApiError) || !isUndone(error)) throw error
        // Of several calls that failed the first opens for all.
        if (this.#reached === asked) this.#reached = close().then(this.#open)
      }
    }
  }
}

/** Nobody took the connection, so nobody heard of the request. */
function isRefused({ cause }: ApiError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}
