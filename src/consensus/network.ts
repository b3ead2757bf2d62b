import type { JsonObject } from '../primitives/json/value.js'
import type { Reject } from './reject.js'
import type { Block, Rules } from './rules.js'

/** What a person wants to pay, as text from the command line. */
export interface Payment {
  readonly from: string
  readonly to: string
  /** In the network's unit, decimal. */
  readonly amount: string
}

/** Everything in which networks differ. No other place asks which network it is. */
export interface Network<B extends Block = Block> {
  /** Names its folder and stands in `--network`. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  readonly rules: Rules<B>
  /** The network whose chains are taken for this one's, because it runs the tutorial's other edition. */
  readonly otherEdition: string | undefined
  /** What is wrong with an amount as a person writes it, if anything is. */
  checkAmount(text: string): Reject | undefined
  /** The body of `POST /transactions/new` for a payment, or why there is none. */
  paymentRequest(payment: Payment): JsonObject | Reject
}
