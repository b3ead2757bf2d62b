import type { JsonLimits } from '../primitives/json/canonicalizer.js'
import type { JsonValue } from '../primitives/json/value.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { Job, JobKind } from './job.js'
import type { Reject } from './reject.js'
import type { SignatureCheck } from './signature.js'

/** What every rule set's block can tell. A rule set adds the fields it reads. */
export interface Block {
  /** 64 hex digits, in the order in which the network shows a hash. */
  readonly hash: string
  /** The block as it is stored and hashed; `Rules.readBlock` turns it back. */
  readonly encoded: Uint8Array
}

/** A transaction and the id that equal ones share. */
export interface IdentifiedTransaction {
  /** 64 hex digits, in the order in which the network shows a hash. */
  readonly id: string
  /** As `JsonCanonicalizer` prints it. */
  readonly encoded: Uint8Array
}

/** A transaction as a block holds it. */
export interface BlockTransaction extends IdentifiedTransaction {
  /** Whom it names, each once. */
  readonly addresses: readonly string[]
}

/** A key of the ledger, of at most 64 bytes, and its value. What they mean is the rule set's affair. */
export interface Ledger {
  get(key: string): Uint8Array | undefined
  /** An undefined value removes the key. */
  set(key: string, value: Uint8Array | undefined): void
}

/** A signature, and where its transaction stands in its block, counted from 0. */
export interface PlacedSignature {
  readonly position: number
  readonly check: SignatureCheck
}

/** What a miner puts into a block. */
export interface BlockContents {
  /** Encoded, in the order in which they are to stand. */
  readonly transactions: readonly Uint8Array[]
  /** Whom the reward goes to. */
  readonly recipient: string
  readonly time: UnixSeconds
}

/** A block that lacks only its proof. */
export interface Template<B extends Block> {
  /** The position that the block will have, counted from 1. */
  readonly height: number
  /** The block it builds on. */
  readonly parentHash: string
  readonly job: Job
  /** Of rules whose work binds the contents: how long it is worth a search, before a newer one has a later time and more transactions. */
  readonly goodForSeconds?: number
  /** Of rules that bound the time of a block: before this moment it would be refused. */
  readonly notBefore?: UnixSeconds
  /** Puts the proof in. @param solution the number of a candidate that solves the job */
  seal(solution: number): B
}

/** What a block's place in time and in its chain is. */
export interface BlockContext<B extends Block> {
  /** The block before its parent; undefined where there is none. */
  readonly grandparent: B | undefined
  /** The local clock. */
  readonly now: UnixSeconds
}

/** What shows, with a block's header alone, that a transaction stands in the block. */
export interface Inclusion {
  /** Counted from 0. */
  readonly position: number
  /** What is hashed together with the transaction's id, from the bottom to the root, in the order in which it is hashed. */
  readonly branch: readonly Uint8Array[]
  /** What is hashed with the id of a block's first transaction before that; of no other. */
  readonly extraNonce?: Uint8Array
}

/** Checks a chain of headers, one after the other. */
export interface HeaderChecker {
  readonly tip: { readonly height: number; readonly hash: string }
  /** Of all that were added. */
  readonly work: bigint
  add(header: Uint8Array): Reject | undefined
}

/**
 * What rules add whose blocks cost work whatever they hold, so that blocks beside the active chain can be kept: no stranger can fill the
 * store with them for nothing.
 */
export interface TreeRules<B extends Block> {
  /** The hash of the block before. */
  parentOf(block: B): string
  /** The position that a block claims, counted from 1. */
  heightOf(block: B): number
  /** Checks what needs no other block: the work, and that the block holds what its header says. */
  checkAlone(block: B): Reject | undefined
  /**
   * What is to be searched for a block that another node has made, without its proof.
   * @param recipient whom its reward is to go to
   */
  templateOf(unsealed: B, recipient: string): Template<B> | Reject
  /** The bytes of a block that its work is done on. */
  headerOf(block: B): Uint8Array
  headerHash(header: Uint8Array): string
  /**
   * @param now the local clock
   * @param start the block behind which the headers are to follow, and the one before it; the first block unless it is said
   */
  headerChecker(now: UnixSeconds, start?: { readonly block: B; readonly parent: B | undefined }): HeaderChecker
  inclusionOf(block: B, position: number): Inclusion
  /** @returns the transaction's id, or why it does not stand in the block of the header */
  checkInclusion(transaction: JsonValue, inclusion: Inclusion, header: Uint8Array): { id: string } | Reject
}

/** What may be pending at a time. */
export interface PendingLimits {
  readonly maxTransactions: number
  /** Of all of them, encoded. */
  readonly maxBytes: number
}

/** What an address has in the ledger, where it counts its transfers. */
export interface Account {
  /** In the smallest unit. */
  readonly balance: number
  /** Transfers that it has made. */
  readonly nonce: number
}

/** What a pending transaction does to accounts. */
export interface Move {
  readonly sender: string
  readonly recipient: string
  readonly amount: number
  readonly fee: number
  readonly nonce: number
  /** What it takes of a block, in the bytes that the rules count. */
  readonly bytes: number
}

/** What rules add by which each transaction is paid for by an account, in the order of the account's nonces. */
export interface AccountRules {
  /** What is taken up with a smaller fee would cost its sender nothing: policy, not consensus. */
  readonly minFee: number
  moveOf(encoded: Uint8Array): Move
  /** @param value what the ledger holds under `Rules.balanceKey` of an address */
  readAccount(value: Uint8Array | undefined): Account
  /** The reading of an account for people. */
  shown(account: Account): Balance
  /** An amount for people, with its unit. */
  amountText(amount: number): string
}

/**
 * The consensus rules of a family of networks. Pure: the same answer for the same arguments. Everything else in the
 * program handles blocks only through this interface.
 */
export interface Rules<B extends Block> {
  /** What the JSON of a block may ask of its reader. */
  readonly blockLimits: JsonLimits
  /** Of which kind the jobs of all templates are. */
  readonly jobKind: JobKind
  /** How many bytes of transactions a block of ours may hold: of `Move.bytes` where there are accounts, encoded and with separators else. */
  readonly transactionRoom: number
  /** What may be pending at a time. */
  readonly pendingLimits: PendingLimits
  /** Undefined where anybody may pay anything, so that nothing pending is held against the ledger. */
  readonly accounts?: AccountRules
  /** Undefined where only the active chain is kept. */
  readonly tree?: TreeRules<B>

  /** The first block of a chain that starts now. */
  genesis(now: UnixSeconds): B
  /**
   * Reads a block that comes from outside.
   * @param printed as `JsonCanonicalizer` prints it, within `blockLimits`
   */
  decodeBlock(printed: Uint8Array): B | Reject
  /** Reads `Block.encoded`: a block that was decoded before, by us. */
  readBlock(encoded: Uint8Array): B
  /** An encoded block as `JsonCanonicalizer` prints it. */
  blockJson(encoded: Uint8Array): Uint8Array

  /**
   * Checks a block against the one before it, but for its signatures and what the ledger says.
   * @param parent undefined for a chain's first block
   * @returns with `position`, where it is a transaction's fault: signatures of those before it come first
   */
  checkBlock(block: B, parent: B | undefined, context: BlockContext<B>): Reject | undefined
  /** The signatures in a block that was checked, each with its transaction's position, in their order. */
  signaturesOf(block: B): readonly PlacedSignature[]
  /** What a block adds to its chain's weight; the chain of the greatest total is the active one. */
  weightOf(block: B): bigint

  /** The block's transactions that may be pending without it: not the miner's reward. */
  transactionsOf(block: B): IdentifiedTransaction[]
  /** All transactions of a block in their order, the miner's reward and whatever else a peer's block may hold included. */
  transactionsIn(block: B): Iterable<BlockTransaction>
  /** 64 hex digits by which equal transactions are recognised. */
  transactionId(encoded: Uint8Array): string
  /** When a block says that it was made; undefined where it says nothing that is a time. */
  timeOf(block: B): UnixSeconds | undefined
  /** The ledger keys that connecting or disconnecting a block reads. */
  ledgerKeys(block: B): string[]
  /** Applies a block to the ledger; what it returns undoes that. */
  connectBlock(block: B, ledger: Ledger): Uint8Array | Reject
  /** Takes a block back. Blocks are disconnected in the reverse of the order in which they were connected. */
  disconnectBlock(block: B, undo: Uint8Array, ledger: Ledger): void

  /** Reads a transaction that asks to become pending. */
  decodeTransaction(request: JsonValue): Uint8Array | Reject
  /** Whether a transaction that a block held may become pending again. */
  checkTransaction(encoded: Uint8Array): Reject | undefined
  /** Why nobody can be rewarded under such a name, if that is so. */
  checkRecipient(recipient: string): Reject | undefined
  /**
   * Begins a block on `parent`, which stands at `height`. Rules whose work binds the contents take them at once, rules whose work does not
   * take them when the proof is found.
   */
  template(
    parent: B,
    height: number,
    contents: () => BlockContents,
    context: Pick<BlockContext<B>, 'grandparent'>,
  ): Template<B>

  /** An address' ledger key and the reading of its value. */
  balanceKey(address: string): string
  readBalance(value: Uint8Array | undefined): Balance
}

/** What an address holds. */
export interface Balance {
  /** Exact decimal number, in the network's unit, as text: `-3`, `12.5`. */
  readonly amount: string
  /** Transactions of this address whose amount is no number, and so is not in the sum. */
  readonly uncounted: number
  /** Transfers that it has made; undefined where none are counted. */
  readonly transfers?: number
}
