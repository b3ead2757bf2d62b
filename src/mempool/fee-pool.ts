import type { ChainChange } from '../chain/chain-change.js'
import { PENDING_RANGE, sequenceOfPendingKey } from '../chain/layout.js'
import { type LedgerSource, storedLedger } from '../chain/ledger-buffer.js'
import type { ChainStore } from '../chain/store.js'
import { isReject, type Reject, reject } from '../consensus/reject.js'
import type { AccountRules, Balance, Block, IdentifiedTransaction, PendingLimits, Rules } from '../consensus/rules.js'
import type { JsonValue } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import { bestPaying } from './best-paying.js'
import { bySequence, type Entry, type Ranked } from './entry.js'
import { firstPage } from './first-page.js'
import type { Dropped, Mempool, PlannedArrivals, PlannedFollowing } from './mempool.js'
import { PendingAccounts } from './pending-accounts.js'
import { changesBetween, decodePending } from './pending-record.js'

/** Of one sender, so that it does not take the place of all others. */
const PER_SENDER = 64
/** What replaces another pays so much of its fee, in hundredths: else the place would cost nothing. */
const REPLACEMENT_PERCENT = 110
const EXPIRY_SECONDS = 24 * 60 * 60

/**
 * The pending transactions where accounts pay for them: each can stand in a next block, once those before it do. Where there is no room
 * any more, what pays least by the byte gives way to what pays more.
 */
export class FeePool<B extends Block> implements Mempool {
  readonly #rules: Rules<B>
  readonly #accountRules: AccountRules
  readonly #limits: PendingLimits
  #pending: PendingAccounts
  /** What the chain says. Read each time: a buffer would keep all that anybody has ever asked for. */
  readonly #ledger: LedgerSource
  #nextSequence = 1
  /** What was chosen last, of what. */
  #chosen: { readonly of: PendingAccounts; readonly maxBytes: number; readonly encoded: Uint8Array[] } | undefined

  private constructor(rules: Rules<B>, accountRules: AccountRules, ledger: LedgerSource, limits: PendingLimits) {
    this.#rules = rules
    this.#accountRules = accountRules
    this.#ledger = ledger
    this.#limits = limits
    this.#pending = new PendingAccounts(accountRules)
  }

  static async open<B extends Block>(
    store: ChainStore,
    rules: Rules<B>,
    accountRules: AccountRules,
    limits: PendingLimits = rules.pendingLimits,
  ): Promise<FeePool<B>> {
    const pool = new FeePool(rules, accountRules, storedLedger(store), limits)
    const stored: Entry[] = []
    for await (const page of store.entries(PENDING_RANGE)) {
      for (const [key, value] of page) stored.push(pool.#entry(sequenceOfPendingKey(key), decodePending(value)))
    }
    await pool.#learn(pool.#pending, stored, pool.#ledger)
    // They were stored with the chain that the store has, so they hold.
    for (const entry of stored) pool.#pending.append(entry)
    pool.#nextSequence = (stored.at(-1)?.sequence ?? 0) + 1
    return pool
  }

  get size(): number {
    return this.#pending.size
  }

  first(limit: number): Uint8Array[] {
    return firstPage(this.#inOrder(), limit)
  }

  pendingIds(): ReadonlySet<string> {
    return new Set(this.#pending.ids)
  }

  withId(id: string): Uint8Array[] {
    const entry = this.#pending.withId(id)
    return entry === undefined ? [] : [entry.encoded]
  }

  idsWith(digits: string): string[] {
    return [...this.#pending.ids].filter((id) => id.startsWith(digits))
  }

  async balanceAfter(address: string): Promise<Balance> {
    const known = this.#pending.after(address)
    if (known !== undefined) return this.#accountRules.shown(known)
    const [value] = await this.#ledger.values([this.#rules.balanceKey(address)])
    return this.#accountRules.shown(this.#accountRules.readAccount(value))
  }

  transactionsForBlock(maxBytes: number): Uint8Array[] {
    const of = this.#pending
    if (this.#chosen?.of !== of || this.#chosen.maxBytes !== maxBytes) {
      const best = bestPaying(of.entries, (address) => of.confirmed(address), maxBytes)
      this.#chosen = { of, maxBytes, encoded: best.map(({ encoded }) => encoded) }
    }
    return this.#chosen.encoded
  }

  async planArrivals(requests: readonly JsonValue[], now: UnixSeconds): Promise<PlannedArrivals> {
    const before = this.#pending
    const pending = before.copy()
    let sequence = this.#nextSequence
    const arrivals = requests.map((request) => {
      const encoded = this.#rules.decodeTransaction(request)
      return isReject(encoded) ? encoded : this.#entry(sequence++, { arrivedAt: now, encoded })
    })
    await this.#learn(pending, arrivals.filter((each) => !isReject(each)) as Entry[], this.#ledger)
    const dropped = this.#expire(pending, now)
    const admitted = arrivals.map((arrival) => {
      const gone = isReject(arrival) ? arrival : this.#admit(pending, arrival)
      if (isReject(gone)) return gone
      dropped.push(...gone)
      return arrival
    })
    const gone = dropped.filter(({ id }) => pending.withId(id) === undefined)
    const refusals = new Map(gone.map(({ id, refusal }) => [id, refusal]))
    return {
      // One may have given way to another that came with it.
      outcomes: admitted.map((each) => (isReject(each) ? each : (refusals.get(each.id) ?? each))),
      changes: changesBetween(before, pending),
      dropped: gone.filter(({ id }) => before.withId(id) !== undefined),
      apply: () => {
        this.#pending = pending
        this.#nextSequence = sequence
      },
    }
  }

  async planChainChange({ confirmed, abandoned, ledger }: ChainChange, now: UnixSeconds): Promise<PlannedFollowing> {
    const before = this.#pending
    const isOpen = ({ id }: IdentifiedTransaction): boolean => !confirmed.has(id)
    const mined = abandoned.mined.filter(isOpen)
    const returning = [...mined, ...abandoned.others.filter(isOpen)].map(({ encoded }) =>
      this.#entry(0, { arrivedAt: now, encoded }),
    )
    const staying = this.#inOrder().filter(isOpen)
    const pending = new PendingAccounts(this.#accountRules)
    await this.#learn(pending, [...returning, ...staying], ledger)
    let sequence = this.#nextSequence
    const isLast = (entry: Entry): Entry => ({ ...entry, sequence: sequence++ })
    const returned = this.#offerAgain(pending, returning, {
      welcome: mined.length,
      placed: isLast,
      again: isLast,
    })
    // Where others come before those that stay, these are numbered anew.
    const placed = returning.length === 0 ? (entry: Entry): Entry => entry : isLast
    const stayed = this.#offerAgain(pending, staying, { welcome: staying.length, placed, again: isLast })
    const expired = this.#expire(pending, now)
    return {
      returned: returning.length - returned.length,
      changes: changesBetween(before, pending),
      dropped: [...returned, ...stayed, ...expired].filter(({ id }) => pending.withId(id) === undefined),
      apply: () => {
        this.#pending = pending
        this.#nextSequence = sequence
      },
    }
  }

  /** @returns those that had to go for it; or why it is not taken up */
  #admit(pending: PendingAccounts, entry: Entry): Dropped[] | Reject {
    const { fee, sender } = entry.move
    const { minFee } = this.#accountRules
    if (fee < minFee) return this.#tooCheap('the fee is less than nodes take up', fee, minFee)
    const old = pending.at(entry.move)
    if (old === undefined && pending.pendingOf(sender) >= PER_SENDER) {
      return reject('too-many-pending', `${PER_SENDER} transactions of this sender are pending already`, {
        fault: 'unsure',
        hint: 'wait for a block that holds some of them',
      })
    }
    return pending.attempt(() => {
      const gone = old === undefined ? (pending.append(entry) ?? []) : this.#replace(pending, old, entry)
      if (isReject(gone)) return gone
      const evicted = this.#makeRoom(pending, entry)
      return isReject(evicted) ? evicted : [...gone, ...evicted]
    })
  }

  #replace(pending: PendingAccounts, old: Ranked, entry: Entry): Dropped[] | Reject {
    if (old.id === entry.id) return reject('already-pending', 'this very transaction is pending already')
    const gone = pending.replace(old, { ...entry, sequence: old.sequence })
    if (isReject(gone)) return gone
    // Else it would cost nothing to fill the pool with what hangs on one transfer, and to have all of it go with that.
    const fees = gone.reduce((sum, { move }) => sum + move.fee, old.move.fee)
    const least = Math.ceil((fees * REPLACEMENT_PERCENT) / 100)
    if (entry.move.fee < least) {
      const what = gone.length === 0 ? 'it' : 'it, and those that could not be paid then,'
      return this.#tooCheap(
        `another one with this nonce is pending: what replaces ${what} pays a tenth more`,
        entry.move.fee,
        least,
      )
    }
    const refusal = reject('replaced', 'another one of the same nonce pays more', { got: old.id, expected: entry.id })
    return [{ ...old, refusal }, ...gone]
  }

  /**
   * Has those go that pay least, with what has to be taken before them, until the pool is within its limits.
   * @returns them; or why the entry, which the pool has already, is not taken up: it is the last itself, or is paid for by what would go
   */
  #makeRoom(pending: PendingAccounts, entry: Entry): Dropped[] | Reject {
    const { maxTransactions, maxBytes } = this.#limits
    const evicted: Dropped[] = []
    while (pending.size > maxTransactions || pending.bytes > maxBytes) {
      const last = pending.last()!
      if (last.id !== entry.id) evicted.push(...pending.remove(last, gaveWay()))
      if (last.id === entry.id || pending.withId(entry.id) === undefined) return tooFull(this.size)
    }
    return evicted
  }

  /**
   * Adds what was pending, or in a block, as far as it holds; in any order in which it does: of two blocks one may have been ours.
   * @param options `welcome`: so many of the first come back even where there is no room; `placed` gives one its place among all, and
   * `again` one that did not hold before others came
   * @returns those that do not hold
   */
  #offerAgain(
    pending: PendingAccounts,
    entries: readonly Entry[],
    { welcome, placed, again }: { welcome: number; placed: (entry: Entry) => Entry; again: (entry: Entry) => Entry },
  ): Dropped[] {
    let left = entries.map((entry, i) => ({ entry, isGuest: i >= welcome, refusal: noRoom() }))
    for (let before = -1, place = placed; before !== left.length; place = again) {
      before = left.length
      left = left.flatMap(({ entry, isGuest }) => {
        const refusal = isGuest && !this.#hasRoom(pending, entry) ? noRoom() : pending.append(place(entry))
        return refusal === undefined ? [] : [{ entry, isGuest, refusal }]
      })
    }
    return left.map(({ entry, refusal }) => ({ ...entry, refusal }))
  }

  #hasRoom(pending: PendingAccounts, { encoded }: Entry): boolean {
    const { maxTransactions, maxBytes } = this.#limits
    return pending.size < maxTransactions && pending.bytes + encoded.length <= maxBytes
  }

  #expire(pending: PendingAccounts, now: UnixSeconds): Dropped[] {
    const old = [...pending.entries].filter(({ arrivedAt }) => arrivedAt + EXPIRY_SECONDS < now)
    const refusal = reject('expired', 'it was pending for a day, and no block took it', { fault: 'unsure' })
    return old.flatMap((entry) => (pending.withId(entry.id) === entry ? pending.remove(entry, refusal) : []))
  }

  #tooCheap(message: string, fee: number, least: number): Reject {
    return reject('fee-too-low', message, {
      got: this.#accountRules.amountText(fee),
      expected: `at least ${this.#accountRules.amountText(least)}`,
      fault: 'unsure',
      hint: 'offer a higher fee',
    })
  }

  #inOrder(): Entry[] {
    return [...this.#pending.entries].sort(bySequence)
  }

  /** Has `pending` know what the ledger says of all whom the entries name. */
  async #learn(pending: PendingAccounts, entries: readonly Entry[], ledger: LedgerSource): Promise<void> {
    const addresses = pending.unknown(entries.flatMap(({ move: { sender, recipient } }) => [sender, recipient]))
    const values = await ledger.values(addresses.map((address) => this.#rules.balanceKey(address)))
    addresses.forEach((address, i) => {
      pending.learn(address, this.#accountRules.readAccount(values[i]))
    })
  }

  #entry(sequence: number, { arrivedAt, encoded }: { arrivedAt: UnixSeconds; encoded: Uint8Array }): Entry {
    const id = this.#rules.transactionId(encoded)
    return { sequence, arrivedAt, id, encoded, move: this.#accountRules.moveOf(encoded) }
  }
}

function noRoom(): Reject {
  return reject('pool-full', 'there is no room for it among the pending transactions', { fault: 'unsure' })
}

function tooFull(count: number): Reject {
  return reject('pool-full', `${count} transactions are pending already, and none of them pays less by the byte`, {
    fault: 'unsure',
    hint: 'offer a higher fee, or wait for a block that holds some of them',
  })
}

function gaveWay(): Reject {
  return reject('pool-full', 'it had to give way to what pays more by the byte', { fault: 'unsure' })
}
