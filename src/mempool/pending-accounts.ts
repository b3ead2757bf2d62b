import { isReject, type Reject, reject } from '../consensus/reject.js'
import type { Account, AccountRules, Move } from '../consensus/rules.js'
import { costOf, type Entry, firstUnpaid, type Ranked, rankOf } from './entry.js'
import type { Dropped } from './mempool.js'

/** One account: what the chain says, and what is pending. Never changed, only replaced. */
interface State {
  readonly confirmed: Account
  /** When all is applied. */
  readonly balance: number
  /** What it pays, by nonce, from the chain's on, without gaps. */
  readonly paid: readonly Ranked[]
  /** What it is paid. */
  readonly got: readonly Ranked[]
}

/**
 * Pending transactions, account by account, so that one can go or be replaced without holding all others against the ledger again. Each is
 * paid for by what its sender has when those before it, by sequence, are applied.
 */
export class PendingAccounts {
  readonly #rules: Pick<AccountRules, 'amountText'>
  readonly #accounts = new Map<string, State>()
  readonly #entries = new Map<string, Ranked>()
  #bytes = 0
  /** What takes back the changes of an attempt, the first one first. */
  #undo: (() => void)[] | undefined

  /** @param rules how refusals print amounts */
  constructor(rules: Pick<AccountRules, 'amountText'>) {
    this.#rules = rules
  }

  /** A copy. Accounts that nothing pending names are left out: what is refused leaves no trace. */
  copy(): PendingAccounts {
    const copy = new PendingAccounts(this.#rules)
    for (const [address, state] of this.#accounts) if (isNamed(state)) copy.#accounts.set(address, state)
    for (const [id, entry] of this.#entries) copy.#entries.set(id, entry)
    copy.#bytes = this.#bytes
    return copy
  }

  get size(): number {
    return this.#entries.size
  }

  /** Of all of them as they are stored. */
  get bytes(): number {
    return this.#bytes
  }

  get entries(): Iterable<Ranked> {
    return this.#entries.values()
  }

  get ids(): Iterable<string> {
    return this.#entries.keys()
  }

  withId(id: string): Ranked | undefined {
    return this.#entries.get(id)
  }

  /** The one of the lowest rank, of several the last: nothing of its sender follows it, and it pays for nothing that ranks higher. */
  last(): Ranked | undefined {
    let last: Ranked | undefined
    for (const { paid } of this.#accounts.values()) {
      const end = paid.at(-1)
      if (end === undefined) continue
      const isLower = last === undefined || end.rank < last.rank
      if (isLower || (end.rank === last!.rank && end.sequence > last!.sequence)) last = end
    }
    return last
  }

  /** Those of the addresses of which it is not told yet what the chain says. */
  unknown(addresses: Iterable<string>): string[] {
    return [...new Set(addresses)].filter((address) => !this.#accounts.has(address))
  }

  /** Is told what the chain says of an account that has nothing pending. */
  learn(address: string, confirmed: Account): void {
    this.#accounts.set(address, { confirmed, balance: confirmed.balance, paid: [], got: [] })
  }

  /** What an account has when all is applied; undefined of one that is unknown. */
  after(address: string): Account | undefined {
    const state = this.#accounts.get(address)
    return state && { balance: state.balance, nonce: state.confirmed.nonce + state.paid.length }
  }

  confirmed(address: string): Account {
    return this.#state(address).confirmed
  }

  pendingOf(sender: string): number {
    return this.#state(sender).paid.length
  }

  /** What is pending under this nonce of the sender. */
  at({ sender, nonce }: Move): Ranked | undefined {
    const { confirmed, paid } = this.#state(sender)
    return paid[nonce - confirmed.nonce]
  }

  /** Makes changes, which are taken back where they come to a refusal. */
  attempt<T>(change: () => T | Reject): T | Reject {
    const undo: (() => void)[] = []
    this.#undo = undo
    const outcome = change()
    this.#undo = undefined
    if (isReject(outcome)) for (const each of undo.reverse()) each()
    return outcome
  }

  /** Adds one behind all others, unless its sender cannot pay it, or its nonce is not the next. */
  append(entry: Entry): Reject | undefined {
    const { sender, nonce } = entry.move
    const { balance, nonce: next } = this.after(sender)!
    if (nonce !== next) return wrongNonce(nonce, next)
    if (balance < costOf(entry)) return this.#tooPoor({ balance, entry })
    const state = this.#state(sender)
    const ranked = { ...entry, rank: rankOf(entry, state.paid, state) }
    this.#accept(ranked, [...state.paid, ranked])
    return undefined
  }

  /**
   * Puts one into the place of another of the same sender and nonce.
   * @returns those that no longer hold as their sender is not paid any more; or why it is not done
   */
  replace(old: Ranked, entry: Entry): (Entry & Dropped)[] | Reject {
    const { sender, recipient } = entry.move
    const { confirmed, paid: before, got: gotBefore } = this.#state(sender)
    const place = before.indexOf(old)
    const got = gotBefore.filter((each) => each !== old)
    const ranked = { ...entry, rank: rankOf(entry, before.slice(0, place), { confirmed, got }) }
    const paid = before.with(place, ranked)
    const fault = firstUnpaid(confirmed, paid, recipient === sender ? [...got, ranked] : got)
    if (fault !== undefined) return this.#tooPoor(fault)
    this.#update(sender, (state) => ({ ...state, balance: state.balance + costOf(old) }))
    this.#uncredit(old)
    this.#accept(ranked, paid)
    return this.#settle([old.move.recipient])
  }

  /** @param paid what its sender pays with it */
  #accept(entry: Ranked, paid: readonly Ranked[]): void {
    this.#update(entry.move.sender, (state) => ({ ...state, balance: state.balance - costOf(entry), paid }))
    this.#credit(entry)
  }

  /** Takes one away, and with it those of its sender that follow, and those that nobody can pay any more. */
  remove(entry: Ranked, refusal: Reject): (Entry & Dropped)[] {
    const cut = this.#cut(entry, refusal)
    return [...cut, ...this.#settle(cut.map(({ move }) => move.recipient))]
  }

  /** Has those go whose senders have become too poor, and those whom they would have paid: there may be thousands, one behind the other. */
  #settle(addresses: readonly string[]): (Entry & Dropped)[] {
    const dropped: (Entry & Dropped)[] = []
    const poorer = new Set(addresses)
    for (const address of poorer) {
      // Whoever loses once more is looked at once more.
      poorer.delete(address)
      const { confirmed, paid, got } = this.#state(address)
      const fault = firstUnpaid(confirmed, paid, got)
      if (fault === undefined) continue
      for (const each of this.#cut(fault.entry, this.#tooPoor(fault))) {
        dropped.push(each)
        poorer.add(each.move.recipient)
      }
    }
    return dropped
  }

  /** Takes one away, and those of its sender that follow. */
  #cut(entry: Ranked, refusal: Reject): (Entry & Dropped)[] {
    const { sender, nonce } = entry.move
    const { confirmed, paid } = this.#state(sender)
    const kept = nonce - confirmed.nonce
    const cut = paid.slice(kept)
    const costs = cut.reduce((sum, each) => sum + costOf(each), 0)
    this.#update(sender, (state) => ({ ...state, balance: state.balance + costs, paid: paid.slice(0, kept) }))
    for (const each of cut) this.#uncredit(each)
    return cut.map((each) => ({ ...each, refusal: each === entry ? refusal : orphaned(each) }))
  }

  #credit(entry: Ranked): void {
    const { recipient, amount } = entry.move
    this.#update(recipient, (state) => ({ ...state, balance: state.balance + amount, got: [...state.got, entry] }))
    this.#keep(entry)
    this.#undo?.push(() => this.#forget(entry))
  }

  #uncredit(entry: Ranked): void {
    const { recipient, amount } = entry.move
    this.#update(recipient, (state) => ({
      ...state,
      balance: state.balance - amount,
      got: state.got.filter((each) => each !== entry),
    }))
    this.#forget(entry)
    this.#undo?.push(() => this.#keep(entry))
  }

  #keep(entry: Ranked): void {
    this.#entries.set(entry.id, entry)
    this.#bytes += entry.encoded.length
  }

  #forget(entry: Ranked): void {
    this.#entries.delete(entry.id)
    this.#bytes -= entry.encoded.length
  }

  #tooPoor({ balance, entry }: { balance: number; entry: Entry }): Reject {
    return reject('insufficient-funds', 'the sender has less than amount and fee', {
      got: this.#rules.amountText(balance),
      expected: this.#rules.amountText(costOf(entry)),
    })
  }

  #state(address: string): State {
    const state = this.#accounts.get(address)
    if (state === undefined) throw new Error(`nobody has said what the chain has of ${address}`)
    return state
  }

  #update(address: string, change: (state: State) => State): void {
    const state = this.#state(address)
    this.#accounts.set(address, change(state))
    this.#undo?.push(() => this.#accounts.set(address, state))
  }
}

function isNamed({ paid, got }: State): boolean {
  return paid.length > 0 || got.length > 0
}

function wrongNonce(nonce: number, next: number): Reject {
  return reject('bad-nonce', "the nonce is not the number of the sender's earlier transfers", {
    got: String(nonce),
    expected: String(next),
  })
}

function orphaned({ move: { nonce } }: Entry): Reject {
  return reject('bad-nonce', 'a transfer of the same sender before it is gone', { got: String(nonce) })
}
