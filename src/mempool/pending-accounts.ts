import { type Reject, reject } from '../consensus/reject.js'
import type { Account, IdentifiedTransaction, Move } from '../consensus/rules.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { Dropped } from './mempool.js'

/** A pending transaction, what it does, and its place among the others. */
export interface Entry extends IdentifiedTransaction {
  /** They are held against the ledger in this order, in which they arrived; what replaces another takes its place. */
  readonly sequence: number
  readonly arrivedAt: UnixSeconds
  readonly move: Move
}

/** One account: what the chain says, and what is pending. Never changed, only replaced. */
interface State {
  readonly confirmed: Account
  /** When all is applied. */
  readonly balance: number
  /** What it pays, by nonce, from the chain's on, without gaps. */
  readonly paid: readonly Entry[]
  /** What it is paid. */
  readonly got: readonly Entry[]
}

/**
 * Pending transactions, account by account, so that one can go or be replaced without holding all others against the ledger again. Each is
 * paid for by what its sender has when those before it, by sequence, are applied.
 */
export class PendingAccounts {
  readonly #accounts: Map<string, State>
  readonly #entries: Map<string, Entry>
  #bytes: number

  /** A copy of another, or one that is empty. Accounts that nothing pending names are not copied: what is refused leaves no trace. */
  constructor(other: PendingAccounts | undefined) {
    this.#accounts = new Map(other === undefined ? [] : [...other.#accounts].filter(([, state]) => isNamed(state)))
    this.#entries = new Map(other === undefined ? [] : other.#entries)
    this.#bytes = other === undefined ? 0 : other.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  /** Of all of them as they are stored. */
  get bytes(): number {
    return this.#bytes
  }

  get entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  get ids(): Iterable<string> {
    return this.#entries.keys()
  }

  withId(id: string): Entry | undefined {
    return this.#entries.get(id)
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
  at({ sender, nonce }: Move): Entry | undefined {
    const { confirmed, paid } = this.#state(sender)
    return paid[nonce - confirmed.nonce]
  }

  /** An entry, and those of its sender that follow it and would go with it. */
  withFollowers({ move }: Entry): readonly Entry[] {
    const { confirmed, paid } = this.#state(move.sender)
    return paid.slice(move.nonce - confirmed.nonce)
  }

  /** Adds one behind all others, unless its sender cannot pay it, or its nonce is not the next. */
  append(entry: Entry): Reject | undefined {
    const { sender, nonce } = entry.move
    const { balance, nonce: next } = this.after(sender)!
    if (nonce !== next) return wrongNonce(nonce, next)
    if (balance < costOf(entry)) return tooPoor(balance, entry)
    this.#update(sender, ({ paid, ...state }) => ({
      ...state,
      balance: state.balance - costOf(entry),
      paid: [...paid, entry],
    }))
    this.#credit(entry)
    return undefined
  }

  /**
   * Puts one into the place of another of the same sender and nonce.
   * @returns those that no longer hold as their sender is not paid any more; or why it is not done
   */
  replace(old: Entry, entry: Entry): Dropped[] | Reject {
    const { sender } = entry.move
    const state = this.#state(sender)
    const paid = state.paid.map((each) => (each === old ? entry : each))
    const got = state.got.filter((each) => each !== old)
    if (entry.move.recipient === sender) got.push(entry)
    const fault = firstUnpaid(state.confirmed, paid, got)
    if (fault !== undefined) return tooPoor(fault.balance, fault.entry)
    this.#update(sender, (state) => ({ ...state, balance: state.balance + costOf(old) - costOf(entry), paid }))
    this.#uncredit(old)
    this.#credit(entry)
    return this.#settle([old.move.recipient])
  }

  /** Takes one away, and with it those of its sender that follow, and those that nobody can pay any more. */
  remove(entry: Entry, refusal: Reject): Dropped[] {
    const [first, ...followers] = this.withFollowers(entry)
    const dropped = [{ ...first!, refusal }, ...followers.map((each) => ({ ...each, refusal: orphaned(each) }))]
    const { sender } = entry.move
    this.#update(sender, (state) => {
      const gone = [first!, ...followers].reduce((sum, each) => sum + costOf(each), 0)
      return { ...state, balance: state.balance + gone, paid: state.paid.slice(0, -dropped.length) }
    })
    for (const each of [first!, ...followers]) this.#uncredit(each)
    return [...dropped, ...this.#settle([first!, ...followers].map(({ move }) => move.recipient))]
  }

  /** Has those go whose senders have become too poor. */
  #settle(addresses: readonly string[]): Dropped[] {
    return [...new Set(addresses)].flatMap((address) => {
      const { confirmed, paid, got } = this.#state(address)
      const fault = firstUnpaid(confirmed, paid, got)
      return fault === undefined ? [] : this.remove(fault.entry, tooPoor(fault.balance, fault.entry))
    })
  }

  #credit(entry: Entry): void {
    const { recipient, amount } = entry.move
    this.#update(recipient, (state) => ({ ...state, balance: state.balance + amount, got: [...state.got, entry] }))
    this.#entries.set(entry.id, entry)
    this.#bytes += entry.encoded.length
  }

  #uncredit(entry: Entry): void {
    const { recipient, amount } = entry.move
    this.#update(recipient, (state) => ({
      ...state,
      balance: state.balance - amount,
      got: state.got.filter((each) => each !== entry),
    }))
    this.#entries.delete(entry.id)
    this.#bytes -= entry.encoded.length
  }

  #state(address: string): State {
    const state = this.#accounts.get(address)
    if (state === undefined) throw new Error(`nobody has said what the chain has of ${address}`)
    return state
  }

  #update(address: string, change: (state: State) => State): void {
    this.#accounts.set(address, change(this.#state(address)))
  }
}

/** For sorting. Of one sender it is the order of the nonces, too. */
export function bySequence(a: Entry, b: Entry): number {
  return a.sequence - b.sequence
}

/** What leaves the account of the sender. */
export function costOf({ move: { amount, fee } }: Entry): number {
  return amount + fee
}

function isNamed({ paid, got }: State): boolean {
  return paid.length > 0 || got.length > 0
}

/** The first payment that the account cannot make when its turn comes, and what it has then. */
function firstUnpaid(
  { balance }: Account,
  paid: readonly Entry[],
  got: readonly Entry[],
): { entry: Entry; balance: number } | undefined {
  const credits = [...got].sort(bySequence)
  let credited = 0
  let left = balance
  for (const entry of paid) {
    // What it is paid by an entry of its own comes after that.
    for (; credited < credits.length && credits[credited]!.sequence < entry.sequence; credited++) {
      left += credits[credited]!.move.amount
    }
    if (left < costOf(entry)) return { entry, balance: left }
    left -= costOf(entry)
  }
  return undefined
}

function wrongNonce(nonce: number, next: number): Reject {
  return reject('bad-nonce', "the nonce is not the number of the sender's earlier transfers", {
    got: String(nonce),
    expected: String(next),
  })
}

function tooPoor(balance: number, entry: Entry): Reject {
  return reject('insufficient-funds', 'the sender has less than amount and fee', {
    got: String(balance),
    expected: `${costOf(entry)} grains`,
  })
}

function orphaned({ move: { nonce } }: Entry): Reject {
  return reject('bad-nonce', 'a transfer of the same sender before it is gone', { got: String(nonce) })
}
