import { isJsonObject, JsonNumber, type JsonObject, type JsonValue, printJson } from '../../primitives/json/value.js'
import type { BlockDescription, TransactionDescription } from '../network.js'

/** What a person wants to see of a block. A peer's block may lack any of it. */
export function describeBlock({ timestamp, previous_hash, proof, transactions }: JsonObject): BlockDescription {
  return {
    time: timestamp instanceof JsonNumber ? timestamp.toNumber() : undefined,
    previousHash: textOf(previous_hash),
    proof: textOf(proof),
    transactions: Array.isArray(transactions) ? transactions : otherThanList(transactions),
  }
}

export function describeTransaction(transaction: JsonValue): TransactionDescription {
  if (!isJsonObject(transaction)) return { from: printJson(transaction), to: '', amount: '' }
  const { sender, recipient, amount } = transaction
  return { from: textOf(sender), to: textOf(recipient), amount: amount === undefined ? '?' : printJson(amount) }
}

function otherThanList(value: JsonValue | undefined): string {
  return value === undefined ? '?' : `no list: ${printJson(value)}`
}

/** A field as the eye wants it: a text without its quotes, anything else as JSON. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return '?'
  return typeof value === 'string' ? value : printJson(value)
}
