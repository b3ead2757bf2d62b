import type { Account } from '../consensus/rules.js'
import { bySequence, costOf, type Entry, feeRate } from './entry.js'

/**
 * What pays a miner best: the highest fee per byte first, each sender's in the order of its nonces, none before its sender can pay it.
 * @param confirmed what the chain says of an account
 * @param maxBytes that all of them may take of the block
 */
export function bestPaying(
  entries: Iterable<Entry>,
  confirmed: (address: string) => Account,
  maxBytes: number,
): Entry[] {
  const chosen: Entry[] = []
  const balances = new Map<string, number>()
  const balanceOf = (address: string): number => balances.get(address) ?? confirmed(address).balance
  /** By sender: those that wait for its coins; behind one that does not fit there is none that could be chosen. */
  const waiting = new Map<string, Entry[]>()
  const isOut = new Set<string>()
  let room = maxBytes

  /** @returns those that waited for what it pays */
  const take = (entry: Entry): readonly Entry[] => {
    const { sender, recipient, amount, bytes } = entry.move
    const line = waiting.get(sender)
    if (isOut.has(sender)) return []
    if (line !== undefined) line.push(entry)
    else if (bytes > room) isOut.add(sender)
    else if (balanceOf(sender) < costOf(entry)) waiting.set(sender, [entry])
    else {
      room -= bytes
      chosen.push(entry)
      balances.set(sender, balanceOf(sender) - costOf(entry))
      balances.set(recipient, balanceOf(recipient) + amount)
      const freed = waiting.get(recipient) ?? []
      waiting.delete(recipient)
      return freed
    }
    return []
  }
  for (const entry of inOrder(entries)) {
    // What one frees comes before what others do: of thousands each may wait for the one before.
    const stack = [entry]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) stack.push(...take(next).toReversed())
  }
  return chosen
}

/**
 * By the lowest fee per byte up to and including an entry among its sender's, the highest first: as one that pays little holds up those
 * behind it, this is the order in which always the best of the senders' next ones would be taken.
 */
function inOrder(entries: Iterable<Entry>): Entry[] {
  const lowest = new Map<string, number>()
  // Of one sender's the one of the lower nonce comes first.
  const rated = [...entries].sort(bySequence).map((entry) => {
    const { sender } = entry.move
    const rate = Math.min(feeRate(entry), lowest.get(sender) ?? Number.POSITIVE_INFINITY)
    lowest.set(sender, rate)
    return { entry, rate }
  })
  // Stable: of those that pay alike the one that came first.
  return rated.sort((a, b) => b.rate - a.rate).map(({ entry }) => entry)
}
