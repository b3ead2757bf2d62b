import { utf8 } from '../../primitives/bytes.js'
import { canonicalJson } from '../../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../primitives/json/syntax-error.js'
import { JsonNumber, type JsonObject, jsonObject, readCanonicalJson } from '../../primitives/json/value.js'
import type { Network, NetworkDefinition, Payment } from '../network.js'
import { isReject, type Reject, reject } from '../reject.js'
import type { TutorialBlock } from './block.js'
import { describeBlock, describeTransaction } from './description.js'
import { checkAmount, checkPayment } from './payment.js'
import type { Edition } from './proof.js'
import { TutorialRules } from './rules.js'

/** What anybody would call a number: if it cannot be read, that needs a reason. */
const NUMBER = /^\s*-?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i
const AS_DIGITS = 'write its digits, at most 4300 of them, without an exponent and without zeros before it'

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
    checkAmount: checkAmountText,
    paymentRequest,
    describeBlock,
    describeTransaction,
  })
}

function checkAmountText(text: string): Reject | undefined {
  const amount = readAmount(text)
  return isReject(amount) ? amount : checkAmount(amount)
}

function paymentRequest({ from, to, amount: text }: Payment): JsonObject | Reject {
  const amount = readAmount(text)
  if (isReject(amount)) return amount
  const request = jsonObject({ sender: from, recipient: to, amount })
  return checkPayment(request) ?? request
}

/** `5` stays the integer and `5.0` the float that a JSON reader would see. */
function readAmount(text: string): JsonNumber | Reject {
  const noNumber = reject('bad-amount', 'an amount is a number above zero, such as 5 or 0.25', {
    got: text.slice(0, 40),
  })
  try {
    const value = readCanonicalJson(canonicalJson(utf8(text.trim()), { maxDepth: 0, maxBytes: 10_000 }))
    return value instanceof JsonNumber ? value : noNumber
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return NUMBER.test(text)
      ? reject('bad-amount', `the amount cannot be read: ${error.problem}`, { hint: AS_DIGITS })
      : noNumber
  }
}
