import { Big } from 'big.js'
import { sha256Hex } from '#crypto'
import { concatBytes, textOf, utf8 } from '../../primitives/bytes.js'
import { isJsonObject, JsonNumber, printJsonBytes, readCanonicalJson } from '../../primitives/json/value.js'
import type { Balance, Ledger } from '../rules.js'
import { type TutorialBlock, transactionSpans } from './block.js'
import { DecimalSum } from './decimal-sum.js'

/** What a block does to one address. */
interface AddressChange {
  readonly amount: DecimalSum
  /** Transactions whose amount is no number. */
  uncounted: number
}

/** What a block does to the ledger, by ledger key. */
export type BlockChanges = ReadonlyMap<string, AddressChange>

/**
 * The tutorial keeps no balances; people ask for them all the same. A balance is the sum of what an address got less
 * what it sent, each amount the decimal number that stands in the block, so 0.1 + 0.2 is 0.3. It may be negative.
 */
export function balanceKey(address: string): string {
  // An address may be a megabyte long.
  return sha256Hex(address.isWellFormed() ? address : illFormed(address))
}

/** Bytes of a text with half a surrogate pair in it, which UTF-8 cannot tell from others; they are no UTF-8. */
function illFormed(text: string): Uint8Array {
  return concatBytes([Uint8Array.of(0xff), printJsonBytes(text)])
}

/** A value of the ledger reads `12.5 0`: the sum, and how many transactions are not in it. */
export function readBalance(value: Uint8Array | undefined): Balance {
  if (value === undefined) return { amount: '0', uncounted: 0 }
  const [amount, uncounted] = textOf(value).split(' ') as [string, string]
  return { amount, uncounted: Number(uncounted) }
}

/** Adds up a block's transactions, each address once: the cost of a block does not grow with the balances it moves. */
export function changesOf(block: TutorialBlock): BlockChanges {
  const changes = new Map<string, AddressChange>()
  const move = (address: unknown, amount: unknown, sign: 1n | -1n): void => {
    if (typeof address !== 'string') return
    const key = balanceKey(address)
    const change = changes.get(key) ?? { amount: new DecimalSum(), uncounted: 0 }
    changes.set(key, change)
    if (amount instanceof JsonNumber) change.amount.add(amount.text, sign)
    else change.uncounted++
  }
  for (const { start, end } of transactionSpans(block.encoded)) {
    const transaction = readCanonicalJson(block.encoded.subarray(start, end))
    if (!isJsonObject(transaction)) continue
    const { sender, recipient, amount } = transaction
    move(sender, amount, -1n)
    move(recipient, amount, 1n)
  }
  return changes
}

/** @param sign 1 connects the block, -1 takes it back */
export function applyChanges(changes: BlockChanges, ledger: Ledger, sign: 1 | -1): void {
  for (const [key, change] of changes) {
    const before = readBalance(ledger.get(key))
    const amount = new Big(before.amount).plus(change.amount.total().times(sign))
    const uncounted = before.uncounted + sign * change.uncounted
    const isEmpty = amount.eq(0) && uncounted === 0
    ledger.set(key, isEmpty ? undefined : utf8(`${amount.toFixed()} ${uncounted}`))
  }
}
