import type { Account, IdentifiedTransaction, Move } from '../consensus/rules.js'
import type { UnixSeconds } from '../primitives/time.js'

/** A pending transaction, what it does, and its place among the others. */
export interface Entry extends IdentifiedTransaction {
  /** They are held against the ledger in this order, in which they arrived; what replaces another takes its place. */
  readonly sequence: number
  readonly arrivedAt: UnixSeconds
  readonly move: Move
}

/** An entry among the others. */
export interface Ranked extends Entry {
  /**
   * Grains a byte that whoever takes it can count on, also after what has to be taken before it: the least of what it pays itself, of
   * those of its sender before it, and, where the sender's own coins are not enough, of those that pay the sender. As of its coming.
   */
  readonly rank: number
}

/** For sorting. Of one sender it is the order of the nonces, too. */
export function bySequence(a: Entry, b: Entry): number {
  return a.sequence - b.sequence
}

/** What leaves the account of the sender. */
export function costOf({ move: { amount, fee } }: Entry): number {
  return amount + fee
}

/** Grains a byte. */
export function feeRate({ move: { fee, bytes } }: Entry): number {
  return fee / bytes
}

/**
 * `Ranked.rank` of an entry.
 * @param before what its sender pays before it
 * @param account what the chain says of its sender, and by what that is paid
 */
export function rankOf(
  entry: Entry,
  before: readonly Ranked[],
  { confirmed, got }: { readonly confirmed: Account; readonly got: readonly Ranked[] },
): number {
  let rank = Math.min(feeRate(entry), before.at(-1)?.rank ?? Number.POSITIVE_INFINITY)
  const costs = before.reduce((sum, each) => sum + costOf(each), costOf(entry))
  if (costs <= confirmed.balance) return rank
  for (const each of got) if (each.sequence < entry.sequence) rank = Math.min(rank, each.rank)
  return rank
}

/** The first payment that the account cannot make when its turn comes, and what it has then. */
export function firstUnpaid(
  { balance }: Account,
  paid: readonly Ranked[],
  got: readonly Ranked[],
): { entry: Ranked; balance: number } | undefined {
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
