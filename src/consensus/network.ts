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

/** A payment of whoever holds a key. Amount and fee are in the network's unit, decimal. */
export interface SignedPayment {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly to: string
  readonly amount: string
  readonly fee: string
  /** How many transfers the sender has made before this one, the pending ones counted. */
  readonly nonce: number
  readonly memo?: string | undefined
}

/** A transaction that lacks only its signature. */
export interface PaymentDraft {
  /** Whose signature it lacks: Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** What is to be signed. */
  readonly message: Uint8Array
  /** The transaction without its signature. */
  readonly unsigned: JsonObject
  /** What it does, for people; amount and fee are in the network's unit. */
  readonly shown: Payment & { readonly fee: string; readonly memo: string | undefined }
  /** What is left of a balance when amount and fee are paid, decimal; undefined where it is not enough. */
  left(balance: string): string | undefined
  /** Puts the signature in. */
  signed(signature: Uint8Array): { readonly id: string; readonly transaction: JsonObject }
}

/** How payments are made where the holder of a key signs them. */
export interface Signing {
  /** What nodes take up, and miners take, where nobody says another: in the network's unit, decimal. */
  readonly usualFee: string
  /** @param publicKey Ed25519, 32 bytes */
  addressOf(publicKey: Uint8Array): string
  /** Why a text is no address here, if it is none. */
  checkAddress(text: string): Reject | undefined
  checkMemo(text: string): Reject | undefined
  /** Adds amounts, in the network's unit, decimal. */
  sum(amounts: readonly string[]): string
  draft(payment: SignedPayment): PaymentDraft | Reject
  /** Reads a transaction that lacks its signature, `PaymentDraft.unsigned`. */
  readUnsigned(transaction: JsonValue): PaymentDraft | Reject
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
  /** Whether it is what a miner got for a block. */
  readonly isReward?: boolean
}

/** Everything in which networks differ. */
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
  /** Whether from other machines only who has the node's token may have it mine, resolve, or know other peers. */
  readonly isGuarded: boolean
  /** The network whose chains are taken for this one's, because it runs the tutorial's other edition. */
  readonly otherEdition: string | undefined
  /** What is wrong with an amount as a person writes it, if anything is. */
  checkAmount(text: string): Reject | undefined
  /** The body of `POST /transactions/new` for a payment, or why there is none. Undefined where a payment has to be signed. */
  paymentRequest?(payment: Payment): JsonObject | Reject
  /** Undefined where nothing is signed. One of the two is there. */
  readonly signing?: Signing
  describeBlock(block: JsonObject): BlockDescription
  describeTransaction(transaction: JsonValue): TransactionDescription
}
