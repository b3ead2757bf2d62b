import { sha256Hex } from '#crypto'
import { asciiOf, concatBytes, textOf, utf8 } from '../../primitives/bytes.js'
import { canonicalMember, printJsonBytes, type Span } from '../../primitives/json/value.js'
import type { Balance, Ledger } from '../rules.js'
import { type TutorialBlock, transactionSpans } from './block.js'
import { DecimalSum } from './decimal-sum.js'

const QUOTE = 0x22
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const OPEN_OBJECT = 0x7b

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
export function changesOf({ encoded }: TutorialBlock): BlockChanges {
  const changes = new Map<string, AddressChange>()
  const move = (address: string | undefined, amount: string | undefined, sign: 1n | -1n): void => {
    if (address === undefined) return
    let change = changes.get(address)
    if (change === undefined) {
      change = { amount: new DecimalSum(), uncounted: 0 }
      changes.set(address, change)
    }
    if (amount === undefined) change.uncounted++
    else change.amount.add(amount, sign)
  }
  for (const { start, end } of transactionSpans(encoded)) {
    if (encoded[start] !== OPEN_OBJECT) continue
    const transaction = encoded.subarray(start, end)
    // In the order in which the keys stand there.
    const amount = canonicalMember(transaction, 'amount')
    const recipient = canonicalMember(transaction, 'recipient', amount?.end)
    const sender = canonicalMember(transaction, 'sender', recipient?.end ?? amount?.end)
    const number = amount && numberAt(transaction, amount)
    move(sender && textAt(transaction, sender), number, -1n)
    move(recipient && textAt(transaction, recipient), number, 1n)
  }
  return new Map(Array.from(changes, ([address, change]) => [balanceKey(address), change]))
}

function textAt(printed: Uint8Array, { start, end }: Span): string | undefined {
  return printed[start] === QUOTE ? (JSON.parse(asciiOf(printed, start, end)) as string) : undefined
}

function numberAt(printed: Uint8Array, { start, end }: Span): string | undefined {
  const first = printed[start]!
  return first === MINUS || (first >= ZERO && first <= NINE) ? asciiOf(printed, start, end) : undefined
}

/** @param sign 1 connects the block, -1 takes it back */
export function applyChanges(changes: BlockChanges, ledger: Ledger, sign: 1n | -1n): void {
  for (const [key, change] of changes) {
    const before = readBalance(ledger.get(key))
    const amount = new DecimalSum()
    amount.add(before.amount, 1n)
    amount.addSum(change.amount, sign)
    const uncounted = before.uncounted + Number(sign) * change.uncounted
    ledger.set(key, amount.isZero && uncounted === 0 ? undefined : utf8(`${amount} ${uncounted}`))
  }
}
