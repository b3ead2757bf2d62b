import type { ChainChange } from '../chain/chain-change.js'
import { PENDING_RANGE, pendingKey, sequenceOfPendingKey } from '../chain/layout.js'
import type { ChainStore, StoreChange } from '../chain/store.js'
import { isReject, type Reject, reject } from '../consensus/reject.js'
import type { Block, IdentifiedTransaction, PendingLimits, Rules } from '../consensus/rules.js'
import type { JsonValue } from '../primitives/json/value.js'
import { firstPage } from './first-page.js'
import type { Mempool, PlannedArrivals, PlannedFollowing } from './mempool.js'

/** One that fits into no block of ours would stand before all others for ever. */
const MAX_TRANSACTION_BYTES = 1024 * 1024

interface Pending extends IdentifiedTransaction {
  readonly sequence: number
}

/**
 * The pending transactions where nothing is held against the ledger, in the order of their arrival. Equal transactions are different
 * ones: two payments of the same sum are two payments.
 */
export class ArrivalPool<B extends Block> implements Mempool {
  readonly #rules: Rules<B>
  readonly #limits: PendingLimits
  #pending: Pending[]
  #bytes: number
  #nextSequence: number

  private constructor(rules: Rules<B>, pending: Pending[], limits: PendingLimits) {
    this.#rules = rules
    this.#limits = limits
    this.#pending = pending
    this.#bytes = sizeOf(pending)
    this.#nextSequence = (pending.at(-1)?.sequence ?? 0) + 1
  }

  static async open<B extends Block>(
    store: ChainStore,
    rules: Rules<B>,
    limits: PendingLimits = rules.pendingLimits,
  ): Promise<ArrivalPool<B>> {
    const pending: Pending[] = []
    for await (const page of store.entries(PENDING_RANGE)) {
      for (const [key, encoded] of page) {
        pending.push({ sequence: sequenceOfPendingKey(key), id: rules.transactionId(encoded), encoded })
      }
    }
    return new ArrivalPool(rules, pending, limits)
  }

  get size(): number {
    return this.#pending.length
  }

  first(limit: number): Uint8Array[] {
    return firstPage(this.#pending, limit)
  }

  pendingIds(): ReadonlySet<string> {
    return new Set(this.#pending.map(({ id }) => id))
  }

  withId(id: string): Uint8Array[] {
    return this.#pending.filter((pending) => pending.id === id).map(({ encoded }) => encoded)
  }

  idsWith(digits: string): string[] {
    return this.#pending.filter(({ id }) => id.startsWith(digits)).map(({ id }) => id)
  }

  async balanceAfter(): Promise<undefined> {
    return undefined
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

  async planArrivals(requests: readonly JsonValue[]): Promise<PlannedArrivals> {
    const arrivals: Pending[] = []
    let bytes = this.#bytes
    let sequence = this.#nextSequence
    const outcomes = requests.map((request) => {
      const encoded = this.#rules.decodeTransaction(request)
      if (isReject(encoded)) return encoded
      if (encoded.length > MAX_TRANSACTION_BYTES) {
        return reject('too-large', `a transaction has at most ${MAX_TRANSACTION_BYTES} bytes`, {
          got: String(encoded.length),
          hint: 'shorten its texts: a letter beyond ASCII takes 6 bytes or more',
        })
      }
      const count = this.#pending.length + arrivals.length
      if (count >= this.#limits.maxTransactions) return full(`${count} transactions are pending already`)
      if (bytes + encoded.length > this.#limits.maxBytes) {
        return full(`the pending transactions have ${bytes} bytes already, and may have ${this.#limits.maxBytes}`)
      }
      bytes += encoded.length
      const arrival = { sequence: sequence++, id: this.#rules.transactionId(encoded), encoded }
      arrivals.push(arrival)
      return arrival
    })
    return {
      outcomes,
      changes: arrivals.map(toStored),
      dropped: [],
      // In place: a copy for each arrival would make a flood of them cost its square.
      apply: () => {
        for (const arrival of arrivals) this.#pending.push(arrival)
        this.#bytes = bytes
        this.#nextSequence = sequence
      },
    }
  }

  async planChainChange({ confirmed, abandoned }: ChainChange): Promise<PlannedFollowing> {
    const left = new Map(confirmed)
    const isOpen = ({ id }: IdentifiedTransaction): boolean => {
      const times = left.get(id) ?? 0
      if (times > 0) left.set(id, times - 1)
      return times === 0
    }
    const isAdmissible = ({ encoded }: IdentifiedTransaction) =>
      encoded.length <= MAX_TRANSACTION_BYTES && this.#rules.checkTransaction(encoded) === undefined
    const mined = abandoned.mined.filter((each) => isOpen(each) && isAdmissible(each))
    const others = abandoned.others.filter((each) => isOpen(each) && isAdmissible(each))
    const staying = this.#pending.filter(isOpen)

    let room = this.#limits.maxTransactions - mined.length - staying.length
    let bytes = this.#limits.maxBytes - sizeOf(staying) - sizeOf(mined)
    const firstTooMany = others.findIndex(({ encoded }) => {
      room--
      bytes -= encoded.length
      return room < 0 || bytes < 0
    })
    const returning = [...mined, ...others.slice(0, firstTooMany < 0 ? undefined : firstTooMany)]

    const kept = new Set(staying.map(({ sequence }) => sequence))
    const removed: StoreChange[] = this.#pending
      .filter(({ sequence }) => returning.length > 0 || !kept.has(sequence))
      .map(({ sequence }) => ({ key: pendingKey(sequence) }))
    // Nothing comes back: the rest stays where it is. Otherwise all are numbered anew, behind those who return.
    if (returning.length === 0) {
      const apply = (): void => this.#set(staying, this.#nextSequence)
      return { returned: 0, dropped: [], changes: removed, apply }
    }
    let sequence = this.#nextSequence
    const pending = [...returning, ...staying].map(({ id, encoded }) => ({ sequence: sequence++, id, encoded }))
    return {
      returned: returning.length,
      dropped: [],
      changes: [...removed, ...pending.map(toStored)],
      apply: () => this.#set(pending, sequence),
    }
  }

  #set(pending: Pending[], nextSequence: number): void {
    this.#pending = pending
    this.#bytes = sizeOf(pending)
    this.#nextSequence = nextSequence
  }
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
