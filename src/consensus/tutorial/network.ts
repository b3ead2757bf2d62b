import { utf8 } from '../../primitives/bytes.js'
import { canonicalJson } from '../../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../primitives/json/syntax-error.js'
import { JsonNumber, type JsonObject, jsonObject, readCanonicalJson } from '../../primitives/json/value.js'
import type { Network, NetworkDefinition, Payment } from '../network.js'
import { type Reject, reject } from '../reject.js'
import type { TutorialBlock } from './block.js'
import { describeBlock, describeTransaction } from './description.js'
import { checkPayment } from './payment.js'
import type { Edition } from './proof.js'
import { TutorialRules } from './rules.js'

export function tutorialNetwork(options: {
  name: string
  title: string
  definition: NetworkDefinition
  edition: Edition
  otherEdition: string | undefined
}): Network<TutorialBlock> {
  const { name, title, definition, edition, otherEdition } = options
  const rules = new TutorialRules(edition, definition.zeros)
  return Object.freeze({
    name,
    title,
    definition,
    otherEdition,
    rules,
    paymentRequest,
    describeBlock,
    describeTransaction,
  })
}

function paymentRequest({ from, to, amount }: Payment): JsonObject | Reject {
  const number = readAmount(amount)
  if (number === undefined) {
    return reject('bad-amount', 'an amount is a number above zero, such as 5 or 0.25', { got: amount.slice(0, 40) })
  }
  const request = jsonObject({ sender: from, recipient: to, amount: number })
  return checkPayment(request) ?? request
}

/** `5` stays the integer and `5.0` the float that a JSON reader would see. */
function readAmount(text: string): JsonNumber | undefined {
  try {
    const value = readCanonicalJson(canonicalJson(utf8(text.trim()), { maxDepth: 0, maxBytes: 10_000 }))
    return value instanceof JsonNumber ? value : undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}
