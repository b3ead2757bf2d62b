import type { ChainChange } from '../chain/chain-change.js'
import type { StoreChange } from '../chain/store.js'
import type { Reject } from '../consensus/reject.js'
import type { Balance, IdentifiedTransaction } from '../consensus/rules.js'
import type { JsonValue } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'

/** A transaction that was pending or in a block, and is not to be in a next one. */
export interface Dropped extends IdentifiedTransaction {
  readonly refusal: Reject
}

/** Changes that are to be made in the store, and then here. */
export interface PlannedChange {
  readonly changes: readonly StoreChange[]
  /** Those that no longer hold or had to give way, of the ones that were pending and of those that would have been again. */
  readonly dropped: readonly Dropped[]
  apply(): void
}

export interface PlannedArrivals extends PlannedChange {
  /** One for each request: why it was refused, or what is pending now. */
  readonly outcomes: readonly (Reject | IdentifiedTransaction)[]
}

export interface PlannedFollowing extends PlannedChange {
  /** Transactions that are pending again. */
  readonly returned: number
}

/**
 * The pending transactions, in memory and in the store. A change is planned first and applied when the store has it, so that both always
 * agree; callers see to it that one change is under way at a time.
 */
export interface Mempool {
  readonly size: number
  /** The first to arrive, encoded: `limit` at most, fewer where they are large, but one if there is one. */
  first(limit: number): Uint8Array[]
  /** Tells which transactions are pending now, by `Rules.transactionId`. */
  pendingIds(): ReadonlySet<string>
  /** The pending transactions of this id, encoded. */
  withId(id: string): Uint8Array[]
  /** The ids that begin with these hex digits. */
  idsWith(digits: string): string[]
  /** What an address has when all of them are applied; undefined where that is not held against the ledger. */
  balanceAfter(address: string): Promise<Balance | undefined>
  /** What the next block is to hold, in order. @param maxBytes `Rules.transactionRoom` */
  transactionsForBlock(maxBytes: number): Uint8Array[]
  /** Judges requests to become pending, in order. */
  planArrivals(requests: readonly JsonValue[], now: UnixSeconds): Promise<PlannedArrivals>
  /**
   * Follows the active chain: what it now holds is pending no longer, and what it held before is pending again, ahead of the rest.
   * Transactions from blocks of others come back only as far as there is room: a chain of rubbish must not fill the pool.
   */
  planChainChange(change: ChainChange, now: UnixSeconds): Promise<PlannedFollowing>
}
