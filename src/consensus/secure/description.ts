import { isJsonObject, JsonNumber, type JsonObject, type JsonValue, printJson } from '../../primitives/json/value.js'
import type { BlockDescription, TransactionDescription } from '../network.js'
import { formatCoins } from './money.js'
import { COINBASE_SENDER } from './transaction.js'

/** What a person wants to see of a block. */
export function describeBlock({ timestamp, previous_hash, proof, transactions }: JsonObject): BlockDescription {
  return {
    time: timestamp instanceof JsonNumber ? timestamp.toNumber() : undefined,
    previousHash: textOf(previous_hash),
    proof: textOf(proof),
    transactions: Array.isArray(transactions) ? transactions : [],
  }
}

/** Amounts in coins. */
export function describeTransaction(transaction: JsonValue): TransactionDescription {
  if (!isJsonObject(transaction)) return { from: printJson(transaction), to: '', amount: '' }
  const { sender, recipient, amount } = transaction
  const isReward = sender === COINBASE_SENDER
  const from = isReward ? 'reward' : textOf(sender)
  const coins = amount instanceof JsonNumber ? formatCoins(amount.toNumber()) : '?'
  return { from, to: textOf(recipient), amount: coins, isReward }
}

function textOf(value: JsonValue | undefined): string {
  return value === undefined ? '?' : typeof value === 'string' ? value : printJson(value)
}
