import type { ChainChange } from '../chain/chain-change.js'
import { PENDING_RANGE, pendingKey, sequenceOfPendingKey } from '../chain/layout.js'
import { LedgerBuffer, storedLedger } from '../chain/ledger-buffer.js'
import type { ChainStore, StoreChange } from '../chain/store.js'
import { isReject, type Reject, reject } from '../consensus/reject.js'
import type { Balance, Block, IdentifiedTransaction, Rules } from '../consensus/rules.js'
import type { JsonValue } from '../primitives/json/value.js'

export interface MempoolLimits {
  maxTransactions: number
  maxBytes: number
  /** Of one transaction: one that fits into no block of ours would stand before all others for ever. */
  maxTransactionBytes: number
}

const MAX_TRANSACTION_BYTES = 1024 * 1024

/** What the rules allow to be pending. */
export function mempoolLimits<B extends Block>({ pendingLimits }: Rules<B>): MempoolLimits {
  return { ...pendingLimits, maxTransactionBytes: MAX_TRANSACTION_BYTES }
}

/** What is shown of the pool at once may weigh so much, unless it is a single one. */
const PAGE_BYTES = 1024 * 1024

interface Pending extends IdentifiedTransaction {
  readonly sequence: number
}

/** A transaction that was pending or in a block, and cannot be in a next one. */
export interface Dropped extends IdentifiedTransaction {
  readonly refusal: Reject
}

/** Changes that are to be made in the store, and then here. */
export interface PlannedChange {
  readonly changes: readonly StoreChange[]
  apply(): void
}

export interface PlannedArrivals extends PlannedChange {
  /** One for each request: why it was refused, or what is pending now. */
  readonly outcomes: readonly (Reject | IdentifiedTransaction)[]
}

export interface PlannedFollowing extends PlannedChange {
  /** Transactions that are pending again. */
  readonly returned: number
  /** Those that no longer hold, of the ones that were pending and of those that would have been again. */
  readonly dropped: readonly Dropped[]
}

/**
 * The pending transactions, in the order of their arrival, in memory and in the store. Equal transactions are different
 * ones: two payments of the same sum are two payments. A change is planned first and applied when the store has it, so that
 * both always agree; callers see to it that one change is under way at a time.
 */
export class Mempool<B extends Block> {
  readonly #rules: Rules<B>
  readonly #limits: MempoolLimits
  #pending: Pending[]
  /** The ledger as it would be after all of them. */
  #ledger: LedgerBuffer
  #bytes: number
  #nextSequence: number

  private constructor(rules: Rules<B>, pending: Pending[], ledger: LedgerBuffer, limits: MempoolLimits) {
    this.#rules = rules
    this.#limits = limits
    this.#ledger = ledger
    this.#pending = pending
    this.#bytes = sizeOf(pending)
    this.#nextSequence = (pending.at(-1)?.sequence ?? 0) + 1
  }

  static async open<B extends Block>(
    store: ChainStore,
    rules: Rules<B>,
    limits = mempoolLimits(rules),
  ): Promise<Mempool<B>> {
    const pending: Pending[] = []
    for await (const page of store.entries(PENDING_RANGE)) {
      for (const [key, encoded] of page) {
        pending.push({ sequence: sequenceOfPendingKey(key), id: rules.transactionId(encoded), encoded })
      }
    }
    const ledger = new LedgerBuffer(storedLedger(store))
    // They were stored with the chain that the store has, so they hold.
    await applyAll(rules, pending, ledger)
    return new Mempool(rules, pending, ledger, limits)
  }

  get size(): number {
    return this.#pending.length
  }

  /** The first of them, encoded: `limit` at most, fewer where they are large, but one if there is one. */
  first(limit: number): Uint8Array[] {
    const first: Uint8Array[] = []
    let room = PAGE_BYTES
    for (const { encoded } of this.#pending.slice(0, limit)) {
      room -= encoded.length
      if (room < 0 && first.length > 0) break
      first.push(encoded)
    }
    return first
  }

  /** Tells which transactions are pending now, by `Rules.transactionId`. */
  pendingIds(): ReadonlySet<string> {
    return new Set(this.#pending.map(({ id }) => id))
  }

  /** The pending transactions of this id, encoded: equal ones are different ones. */
  withId(id: string): Uint8Array[] {
    return this.#pending.filter((pending) => pending.id === id).map(({ encoded }) => encoded)
  }

  /** The ids that begin with these hex digits. */
  idsWith(digits: string): string[] {
    return this.#pending.filter(({ id }) => id.startsWith(digits)).map(({ id }) => id)
  }

  /** What an address has when all of them are applied. */
  async balanceAfter(address: string): Promise<Balance> {
    const [value] = await this.#ledger.values([this.#rules.balanceKey(address)])
    return this.#rules.readBalance(value)
  }

  /** As many of the first as fit into a block. */
  transactionsForBlock(maxBytes: number): Uint8Array[] {
    const chosen: Uint8Array[] = []
    let room = maxBytes
    for (const { encoded } of this.#pending) {
      room -= encoded.length + SEPARATOR_BYTES
      if (room < 0) break
      chosen.push(encoded)
    }
    return chosen
  }

  /** Judges requests to become pending, in order. */
  async planArrivals(requests: readonly JsonValue[]): Promise<PlannedArrivals> {
    const arrivals: Pending[] = []
    let bytes = this.#bytes
    let sequence = this.#nextSequence
    const decoded = requests.map((request) => this.#rules.decodeTransaction(request))
    const ledger = new LedgerBuffer(this.#ledger)
    await ledger.prepareKeys(decoded.flatMap((each) => (isReject(each) ? [] : this.#rules.transactionKeys(each))))
    const outcomes = decoded.map((encoded) => {
      if (isReject(encoded)) return encoded
      if (encoded.length > this.#limits.maxTransactionBytes) {
        return reject('too-large', `a transaction has at most ${this.#limits.maxTransactionBytes} bytes`, {
          got: String(encoded.length),
          hint: 'shorten its texts: a letter beyond ASCII takes 6 bytes or more',
        })
      }
      const count = this.#pending.length + arrivals.length
      if (count >= this.#limits.maxTransactions) return full(`${count} transactions are pending already`)
      if (bytes + encoded.length > this.#limits.maxBytes) {
        return full(`the pending transactions have ${bytes} bytes already, and may have ${this.#limits.maxBytes}`)
      }
      const refusal = this.#rules.applyTransaction(encoded, ledger)
      if (refusal !== undefined) return refusal
      bytes += encoded.length
      const arrival = { sequence: sequence++, id: this.#rules.transactionId(encoded), encoded }
      arrivals.push(arrival)
      return arrival
    })
    return {
      outcomes,
      changes: arrivals.map(toStored),
      // In place: a copy for each arrival would make a flood of them cost its square.
      apply: () => {
        for (const arrival of arrivals) this.#pending.push(arrival)
        this.#ledger.take(ledger)
        this.#bytes = bytes
        this.#nextSequence = sequence
      },
    }
  }

  /**
   * Follows the active chain: what it now holds is pending no longer, and what it held before is pending again, ahead
   * of the rest. Transactions from blocks of others come back only as far as there is room: a chain of rubbish must not
   * fill the pool. What the ledger does not take any more is dropped.
   */
  async planChainChange({ confirmed, abandoned, ledger: source }: ChainChange): Promise<PlannedFollowing> {
    const left = new Map(confirmed)
    const isOpen = ({ id }: IdentifiedTransaction): boolean => {
      const times = left.get(id) ?? 0
      if (times > 0) left.set(id, times - 1)
      return times === 0
    }
    const isAdmissible = ({ encoded }: IdentifiedTransaction) =>
      encoded.length <= this.#limits.maxTransactionBytes && this.#rules.checkTransaction(encoded) === undefined
    const mined = abandoned.mined.filter((each) => isOpen(each) && isAdmissible(each))
    const others = abandoned.others.filter((each) => isOpen(each) && isAdmissible(each))
    const open = this.#pending.filter(isOpen)

    let room = this.#limits.maxTransactions - mined.length - open.length
    let bytes = this.#limits.maxBytes - sizeOf(open) - sizeOf(mined)
    const firstTooMany = others.findIndex(({ encoded }) => {
      room--
      bytes -= encoded.length
      return room < 0 || bytes < 0
    })
    const candidates = [...mined, ...others.slice(0, firstTooMany < 0 ? undefined : firstTooMany)]

    const ledger = new LedgerBuffer(source)
    const dropped = await applyAll(this.#rules, [...candidates, ...open], ledger)
    const gone = new Set<IdentifiedTransaction>(dropped.map(({ transaction }) => transaction))
    const returning = candidates.filter((each) => !gone.has(each))
    const staying = open.filter((each) => !gone.has(each))
    // The same transaction may have been pending and in a block: then it is not lost.
    const ids = new Set([...returning, ...staying].map(({ id }) => id))
    const lost = dropped.filter(({ transaction: { id } }) => !ids.has(id) && !confirmed.has(id))
    const following = {
      returned: returning.length,
      dropped: lost.map(({ transaction: { id, encoded }, refusal }) => ({ id, encoded, refusal })),
    }

    const kept = new Set(staying.map(({ sequence }) => sequence))
    const removed: StoreChange[] = this.#pending
      .filter(({ sequence }) => returning.length > 0 || !kept.has(sequence))
      .map(({ sequence }) => ({ key: pendingKey(sequence) }))
    // Nothing comes back: the rest stays where it is. Otherwise all are numbered anew, behind those who return.
    if (returning.length === 0) {
      return { ...following, changes: removed, apply: () => this.#set(staying, ledger, this.#nextSequence) }
    }
    let sequence = this.#nextSequence
    const pending = [...returning, ...staying].map(({ id, encoded }) => ({ sequence: sequence++, id, encoded }))
    return {
      ...following,
      changes: [...removed, ...pending.map(toStored)],
      apply: () => this.#set(pending, ledger, sequence),
    }
  }

  #set(pending: Pending[], ledger: LedgerBuffer, nextSequence: number): void {
    this.#pending = pending
    this.#ledger = ledger
    this.#bytes = sizeOf(pending)
    this.#nextSequence = nextSequence
  }
}

/** Applies transactions in their order. @returns those that the ledger does not take */
async function applyAll<B extends Block>(
  rules: Rules<B>,
  transactions: readonly IdentifiedTransaction[],
  ledger: LedgerBuffer,
): Promise<{ transaction: IdentifiedTransaction; refusal: Reject }[]> {
  await ledger.prepareKeys(transactions.flatMap(({ encoded }) => rules.transactionKeys(encoded)))
  return transactions.flatMap((transaction) => {
    const refusal = rules.applyTransaction(transaction.encoded, ledger)
    return refusal === undefined ? [] : [{ transaction, refusal }]
  })
}

/** `, ` between two transactions of a block. */
const SEPARATOR_BYTES = 2

function full(message: string): Reject {
  return reject('pool-full', message, { fault: 'unsure', hint: 'mine a block, which takes some of them: chain mine' })
}

function toStored({ sequence, encoded }: Pending): StoreChange {
  return { key: pendingKey(sequence), value: encoded }
}

function sizeOf(pending: readonly IdentifiedTransaction[]): number {
  return pending.reduce((sum, { encoded }) => sum + encoded.length, 0)
}
