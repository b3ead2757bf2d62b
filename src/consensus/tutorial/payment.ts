import { asciiOf } from '../../primitives/bytes.js'
import {
  canonicalMember,
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  jsonObject,
  printJsonBytes,
} from '../../primitives/json/value.js'
import { type Reject, reject } from '../reject.js'

/** Whom the tutorial has a miner's reward come from. */
export const REWARD_SENDER = '0'

const FIELDS = ['sender', 'recipient', 'amount'] as const

const SUCH_AS = 'such as {"sender": "alice", "recipient": "bob", "amount": 5}'
export const AMOUNT_SUCH_AS = 'write a number above zero, such as 5 or 0.25'

/**
 * Checks what asks to become a pending transaction. Stricter than what is tolerated in a peer's chain: here a typing
 * mistake can still be told to the one who made it.
 */
export function checkPayment(request: JsonValue): Reject | undefined {
  if (!isJsonObject(request))
    return reject('bad-format', 'a transaction is a JSON object with sender, recipient and amount', { hint: SUCH_AS })
  for (const field of FIELDS) {
    if (request[field] === undefined) return reject('missing-value', `"${field}" is missing`, { hint: SUCH_AS })
  }
  for (const field of ['sender', 'recipient'] as const) {
    const address = request[field]
    if (typeof address !== 'string' || address === '') {
      const hint = `write it in quotes, such as "${field}": "alice"`
      return reject('bad-address', `"${field}" must be a text that is not empty`, { got: kindOf(address), hint })
    }
  }
  if (request.sender === REWARD_SENDER) {
    return reject('bad-address', '"sender" must not be "0": only a miner\'s reward comes from it', {
      hint: "name another sender, such as the node's identity, which chain status shows",
    })
  }
  return checkAmount(request.amount!)
}

/** Checks the amount of a payment. */
export function checkAmount(amount: JsonValue): Reject | undefined {
  if (!(amount instanceof JsonNumber)) {
    return reject('bad-amount', '"amount" must be a number', { got: kindOf(amount), hint: AMOUNT_SUCH_AS })
  }
  if (amount.text.startsWith('-') || /^0(\.0)?$/.test(amount.text)) {
    return reject('bad-amount', '"amount" must be above zero', {
      got: amount.text.slice(0, 40),
      hint: AMOUNT_SUCH_AS,
    })
  }
  return undefined
}

/** Reads a request; fields other than the three are left out, as the Python program does. */
export function decodePayment(request: JsonValue): Uint8Array | Reject {
  const refusal = checkPayment(request)
  if (refusal !== undefined) return refusal
  const payment = request as JsonObject
  return printJsonBytes(jsonObject({ sender: payment.sender!, recipient: payment.recipient!, amount: payment.amount! }))
}

/** Whom a transaction names, each once: sender and recipient, as far as they are texts. */
export function addressesIn(encoded: Uint8Array): string[] {
  if (encoded[0] !== 0x7b) return []
  const recipient = canonicalMember(encoded, 'recipient')
  const sender = canonicalMember(encoded, 'sender', recipient?.end)
  const addresses = [sender, recipient].flatMap((span) => {
    const isText = span !== undefined && encoded[span.start] === 0x22
    return isText ? [JSON.parse(asciiOf(encoded, span.start, span.end)) as string] : []
  })
  return [...new Set(addresses)]
}

function kindOf(value: JsonValue | undefined): string {
  if (value === '') return 'an empty text'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof JsonNumber) return 'a number'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'boolean') return String(value)
  return 'an object'
}
