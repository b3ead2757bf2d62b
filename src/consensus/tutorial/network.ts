import { utf8 } from '../../primitives/bytes.js'
import { canonicalJson } from '../../primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../primitives/json/syntax-error.js'
import { JsonNumber, type JsonObject, jsonObject, readCanonicalJson } from '../../primitives/json/value.js'
import type { Network, Payment } from '../network.js'
import { isReject, type Reject, reject } from '../reject.js'
import type { TutorialBlock } from './block.js'
import type { TutorialDefinition } from './definition.js'
import { describeBlock, describeTransaction } from './description.js'
import { AMOUNT_SUCH_AS, checkAmount, checkPayment } from './payment.js'
import type { Edition } from './proof.js'
import { TutorialRules } from './rules.js'

/** What anybody would call a number: if it cannot be read, that needs a reason. */
const NUMBER = /^\s*-?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i

/** What to do about a number that cannot be read. */
const UNREADABLE: readonly (readonly [form: RegExp, hint: string])[] = [
  [/^\s*-?0\d/, 'leave out the zeros before it'],
  [/[.e]/i, 'the largest number with a point or an exponent is about 1.8e308; a whole number may have 4300 digits'],
  [/^/, 'write at most 4300 digits'],
]
/** What people write, and JSON does not take for a number. */
const MISWRITTEN: readonly (readonly [form: RegExp, hint: string])[] = [
  [/^\d[\d.]*,[\d.,]*$/, 'write it without commas, and with a point before the fraction, such as 1000 or 1.5'],
  [/^\+\d/, 'leave out the plus'],
  [/^\.\d+$/, 'write the 0 before the point, such as 0.5'],
  [/^\d+\.$/, 'leave out the point, or write digits behind it'],
  [/^0x[\da-f]+$/i, 'write it in decimal digits, such as 16'],
  [/^/, AMOUNT_SUCH_AS],
]

export function tutorialNetwork(options: {
  name: string
  title: string
  definition: TutorialDefinition
  edition: Edition
  otherEdition: string | undefined
}): Network<TutorialBlock> {
  const { name, title, definition, edition, otherEdition } = options
  const rules = new TutorialRules(edition, definition.zeros)
  return Object.freeze<Network<TutorialBlock>>({
    name,
    title,
    definition,
    id: undefined,
    facts: [['zeros', String(definition.zeros)]],
    firstWork: 16 ** definition.zeros,
    isGuarded: false,
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
  const noNumber = reject('bad-amount', 'an amount is a number above zero', {
    got: text.slice(0, 40),
    hint: hintFor(text.trim(), MISWRITTEN),
  })
  try {
    const value = readCanonicalJson(canonicalJson(utf8(text.trim()), { maxDepth: 0, maxBytes: 10_000 }))
    return value instanceof JsonNumber ? value : noNumber
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return NUMBER.test(text)
      ? reject('bad-amount', `the amount cannot be read: ${error.problem}`, {
          hint: hintFor(text, UNREADABLE),
        })
      : noNumber
  }
}

/** The hint of the first form that a text has. */
function hintFor(text: string, hints: typeof MISWRITTEN): string {
  return hints.find(([form]) => form.test(text))![1]
}
