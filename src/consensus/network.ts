import type { JsonObject, JsonValue } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { Reject } from './reject.js'
import type { Block, Rules } from './rules.js'
import type { SecureDefinition } from './secure/definition.js'
import type { TutorialDefinition } from './tutorial/definition.js'

/** What a person wants to pay, as text from the command line. */
export interface Payment {
  readonly from: string
  readonly to: string
  /** In the network's unit, decimal. */
  readonly amount: string
}

/** What makes a network, besides its name: nodes whose networks have the same definition can be peers. */
export type NetworkDefinition = TutorialDefinition | SecureDefinition

/** What a person wants to see of a block; what a peer's block may lack is `?` or undefined. */
export interface BlockDescription {
  readonly time: UnixSeconds | undefined
  readonly previousHash: string
  readonly proof: string
  /** Where a peer's block has something else than a list, what that is. */
  readonly transactions: readonly JsonValue[] | string
}

/**
 * What a person wants to see of a transaction; what a peer's may lack is `?`. Of something else that stands among them `from` is
 * its JSON, and the rest is empty.
 */
export interface TransactionDescription {
  readonly from: string
  readonly to: string
  /** In the network's unit; what is no number cannot be taken for one. */
  readonly amount: string
}

/** Everything in which networks differ. No other place asks which network it is. */
export interface Network<B extends Block = Block> {
  /** Names its folder and stands in `--network`. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  readonly definition: NetworkDefinition
  readonly rules: Rules<B>
  /** What nodes of the network know each other by, where that is more than its rules: the hash of the first block. */
  readonly id: string | undefined
  /** What else there is to know of it, for people: a word, and its meaning here. */
  readonly facts: readonly (readonly [label: string, text: string])[]
  /** Hashes that a block takes on average; at first, where that changes. */
  readonly firstWork: number
  /** The network whose chains are taken for this one's, because it runs the tutorial's other edition. */
  readonly otherEdition: string | undefined
  /** What is wrong with an amount as a person writes it, if anything is. */
  checkAmount(text: string): Reject | undefined
  /** The body of `POST /transactions/new` for a payment, or why there is none. Undefined where a payment has to be signed. */
  paymentRequest?(payment: Payment): JsonObject | Reject
  describeBlock(block: JsonObject): BlockDescription
  describeTransaction(transaction: JsonValue): TransactionDescription
}
