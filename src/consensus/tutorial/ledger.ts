import { Big } from 'big.js'
import { sha256Hex } from '#crypto'
import { asciiOf, textOf, utf8 } from '../../primitives/bytes.js'
import { isJsonObject, JsonNumber, type JsonValue, readCanonicalJson } from '../../primitives/json/value.js'
import type { Balance, Ledger } from '../rules.js'
import { type TutorialBlock, transactionSpans } from './block.js'

/** What a transaction does to one address. */
interface Movement {
  readonly key: string
  /** Undefined where the amount is no number. */
  readonly amount: Big | undefined
}

/**
 * The tutorial keeps no balances; people ask for them all the same. A balance is the sum of what an address got less
 * what it sent, each amount the decimal number that stands in the block, so 0.1 + 0.2 is 0.3. It may be negative.
 */
export function balanceKey(address: string): string {
  // An address may be a megabyte long.
  return sha256Hex(address)
}

/** A value of the ledger reads `12.5 0`: the sum, and how many transactions are not in it. */
export function readBalance(value: Uint8Array | undefined): Balance {
  if (value === undefined) return { amount: '0', uncounted: 0 }
  const [amount, uncounted] = textOf(value).split(' ') as [string, string]
  return { amount, uncounted: Number(uncounted) }
}

export function ledgerKeys(block: TutorialBlock): string[] {
  return [...new Set(movementsOf(block).map(({ key }) => key))]
}

/** @param sign 1 connects the block, -1 takes it back */
export function applyBlock(block: TutorialBlock, ledger: Ledger, sign: 1 | -1): void {
  for (const { key, amount } of movementsOf(block)) {
    const before = readBalance(ledger.get(key))
    const sum = amount === undefined ? new Big(before.amount) : new Big(before.amount).plus(amount.times(sign))
    const uncounted = before.uncounted + (amount === undefined ? sign : 0)
    const empty = sum.eq(0) && uncounted === 0
    ledger.set(key, empty ? undefined : utf8(`${sum.toFixed()} ${uncounted}`))
  }
}

function movementsOf(block: TutorialBlock): Movement[] {
  const movements: Movement[] = []
  for (const { start, end } of transactionSpans(block.encoded)) {
    const transaction = readCanonicalJson(block.encoded.subarray(start, end))
    if (!isJsonObject(transaction)) continue
    const { sender, recipient } = transaction
    const amount = amountOf(transaction.amount)
    if (typeof sender === 'string') movements.push({ key: balanceKey(sender), amount: amount?.neg() })
    if (typeof recipient === 'string') movements.push({ key: balanceKey(recipient), amount })
  }
  return movements
}

function amountOf(value: JsonValue | undefined): Big | undefined {
  return value instanceof JsonNumber ? new Big(value.text) : undefined
}

/** Whether a transaction is a miner's reward: the tutorial has it come from "0". */
export function isReward(encoded: Uint8Array): boolean {
  // The sender is the last of the three keys, but a peer may have added others.
  if (!asciiOf(encoded).includes('"sender": "0"')) return false
  const transaction = readCanonicalJson(encoded)
  return isJsonObject(transaction) && transaction.sender === '0'
}
