import { type JsonValue, readCanonicalJson } from '../../primitives/json/value.js'
import type { UnixSeconds } from '../../primitives/time.js'
import { isReject, type Reject, reject } from '../reject.js'
import type {
  Account,
  AccountRules,
  Balance,
  BlockContents,
  BlockContext,
  HeaderChecker,
  IdentifiedTransaction,
  Inclusion,
  Ledger,
  Move,
  PlacedSignature,
  Rules,
  Template,
  TreeRules,
} from '../rules.js'
import { faultOfSignature, signatureRefusal } from '../signature.js'
import { decodeBlock, genesisBlock, readBlock, type SecureBlock } from './block.js'
import { addressFault, checkContents, checkPlace, checkTransfer, checkUnsealed, checkWork } from './block-checks.js'
import { blockWork, targetOf } from './compact-target.js'
import { networkId, type SecureDefinition } from './definition.js'
import { bad } from './fields.js'
import { sha256d, shownHash } from './hash.js'
import { encodeHeader } from './header.js'
import { HeaderChain } from './header-chain.js'
import { checkInclusion, inclusionOf } from './inclusion.js'
import { accountKey, accountsOf, connectBlock, disconnectBlock, readAccount } from './ledger.js'
import { coinsText, formatCoins } from './money.js'
import { secureTemplate, templateOf } from './template.js'
import { decodeTransaction, type Transaction, Transfer } from './transaction.js'

/** A block, its list of transactions, and a transaction. */
const MAX_DEPTH = 3
/** A character of four bytes is printed as twelve; the separators are twice as long; and there is what is not a transaction. */
const PRINTED_FACTOR = 4
/** A transfer has ten values in some 400 bytes. */
const LEAST_VALUE_BYTES = 20
/** The comma between two transactions of a block. */
const SEPARATOR_BYTES = 1
/** Room for the coinbase, which has at most a long address and a memo. */
const COINBASE_BYTES = 1000

/** The rules of the secure networks, numbered as in README.md of this folder. */
export class SecureRules implements Rules<SecureBlock>, TreeRules<SecureBlock>, AccountRules {
  readonly jobKind = 'header'
  readonly blockLimits
  readonly transactionRoom
  readonly minFee = 1_000
  readonly accounts: AccountRules = this
  // All of them are held against the ledger after each block.
  readonly pendingLimits = { maxTransactions: 5_000, maxBytes: 5_000_000 }
  readonly tree: TreeRules<SecureBlock> = this
  /** The hash of the first block, as it is shown: signatures commit to it. */
  readonly networkId: string
  readonly #definition: SecureDefinition
  readonly #genesis: SecureBlock
  /** Pending transactions are asked for again and again: reading one costs more than all that is done with it. */
  readonly #transactions = new WeakMap<Uint8Array, Transfer>()

  constructor(definition: SecureDefinition) {
    this.#definition = definition
    this.#genesis = genesisBlock(definition)
    this.networkId = networkId(definition)
    const { max_block_bytes } = definition
    this.blockLimits = {
      maxDepth: MAX_DEPTH,
      maxBytes: PRINTED_FACTOR * (max_block_bytes + 1000),
      maxValues: Math.ceil(max_block_bytes / LEAST_VALUE_BYTES) + 1000,
      isStrict: true,
    }
    this.transactionRoom = max_block_bytes - COINBASE_BYTES
  }

  genesis(): SecureBlock {
    return this.#genesis
  }

  decodeBlock(printed: Uint8Array): SecureBlock | Reject {
    return decodeBlock(printed)
  }

  readBlock(encoded: Uint8Array): SecureBlock {
    return readBlock(encoded)
  }

  blockJson(encoded: Uint8Array): Uint8Array {
    return encoded
  }

  checkBlock(
    block: SecureBlock,
    parent: SecureBlock | undefined,
    context: BlockContext<SecureBlock>,
  ): Reject | undefined {
    if (parent === undefined) return this.#checkGenesis(block)
    return (
      checkWork(this.#definition, block) ??
      checkPlace(this.#definition, block, parent, context) ??
      checkContents(this.#definition, block)
    )
  }

  signaturesOf({ transactions }: SecureBlock): PlacedSignature[] {
    return transactions.flatMap((transaction, position) =>
      transaction instanceof Transfer ? [{ position, check: transaction.signatureCheck(this.networkId) }] : [],
    )
  }

  checkAlone(block: SecureBlock): Reject | undefined {
    const refusal = checkWork(this.#definition, block) ?? checkContents(this.#definition, block)
    // The header does not bind the index, which only the parent could show to be right.
    return refusal?.code === 'bad-cb-height' ? { ...refusal, fault: 'sender' } : refusal
  }

  templateOf(unsealed: SecureBlock, recipient: string): Template<SecureBlock> | Reject {
    const refusal = checkUnsealed(this.#definition, unsealed)
    if (refusal !== undefined) return refusal
    const paid = unsealed.transactions[0]!.fields.recipient
    if (paid !== recipient) {
      return reject('bad-address', 'the reward of the block would go to somebody else', {
        got: paid,
        expected: recipient,
      })
    }
    return templateOf(unsealed)
  }

  headerOf({ header }: SecureBlock): Uint8Array {
    return encodeHeader(header)
  }

  headerHash(header: Uint8Array): string {
    return shownHash(sha256d(header))
  }

  headerChecker(
    now: UnixSeconds,
    { block, parent }: { block: SecureBlock; parent: SecureBlock | undefined } = {
      block: this.#genesis,
      parent: undefined,
    },
  ): HeaderChecker {
    return new HeaderChain(this.#definition, now, { tip: block, grandparent: parent })
  }

  inclusionOf(block: SecureBlock, position: number): Inclusion {
    return inclusionOf(block, position)
  }

  checkInclusion(transaction: JsonValue, inclusion: Inclusion, header: Uint8Array): { id: string } | Reject {
    return checkInclusion(transaction, inclusion, header)
  }

  parentOf({ header }: SecureBlock): string {
    return shownHash(header.previousHash)
  }

  heightOf({ index }: SecureBlock): number {
    return index
  }

  /** Expected hashes; the first block was not searched. */
  weightOf({ index, header }: SecureBlock): bigint {
    return index === 1 ? 0n : blockWork(targetOf(header.bits)!)
  }

  transactionsOf({ transactions }: SecureBlock): IdentifiedTransaction[] {
    return transactions.filter((each) => each instanceof Transfer)
  }

  transactionsIn({ transactions }: SecureBlock): readonly Transaction[] {
    return transactions
  }

  transactionId(encoded: Uint8Array): string {
    return this.#read(encoded).id
  }

  timeOf({ header }: SecureBlock): UnixSeconds {
    return header.timestamp
  }

  ledgerKeys(block: SecureBlock): string[] {
    return accountsOf(block)
  }

  connectBlock(block: SecureBlock, ledger: Ledger): Uint8Array | Reject {
    return connectBlock(this.#definition, block, ledger)
  }

  disconnectBlock(block: SecureBlock, undo: Uint8Array, ledger: Ledger): void {
    disconnectBlock(block, undo, ledger)
  }

  decodeTransaction(request: JsonValue): Uint8Array | Reject {
    const transaction = decodeTransaction(request)
    if (isReject(transaction)) return transaction
    if (!(transaction instanceof Transfer)) {
      return bad('a coinbase stands in a block, and nowhere else', { got: 'sender "0"' })
    }
    const refusal = checkTransfer(this.#definition, transaction)
    if (refusal !== undefined) return refusal
    const fault = faultOfSignature(transaction.signatureCheck(this.networkId))
    if (fault !== undefined) return signatureRefusal(fault)
    this.#transactions.set(transaction.encoded, transaction)
    return transaction.encoded
  }

  /** What stood in a valid block is a valid transfer; the ledger has the last word. */
  checkTransaction(): undefined {
    return undefined
  }

  moveOf(encoded: Uint8Array): Move {
    const { fields, jcs } = this.#read(encoded)
    const { sender, recipient, amount, fee, nonce } = fields
    return { sender, recipient, amount, fee, nonce, bytes: jcs.length + SEPARATOR_BYTES }
  }

  readAccount(value: Uint8Array | undefined): Account {
    return readAccount(value)
  }

  amountText(amount: number): string {
    return coinsText(amount)
  }

  shown({ balance, nonce }: Account): Balance {
    return { amount: formatCoins(balance), uncounted: 0, transfers: nonce }
  }

  checkRecipient(recipient: string): Reject | undefined {
    const { hrp, name } = this.#definition
    if (addressFault(hrp, 'to', recipient) === undefined) return undefined
    return reject('bad-address', 'the reward needs an address of this network', {
      got: recipient,
      expected: `${hrp}1...`,
      hint: `name one: chain mine --network ${name} --to ${hrp}1...`,
    })
  }

  template(
    parent: SecureBlock,
    _height: number,
    contents: () => BlockContents,
    { grandparent }: Pick<BlockContext<SecureBlock>, 'grandparent'>,
  ): Template<SecureBlock> {
    const { transactions, recipient, time } = contents()
    const transfers = transactions.map((encoded) => this.#read(encoded))
    return secureTemplate(this.#definition, { parent, grandparent, transfers, recipient, now: time })
  }

  balanceKey(address: string): string {
    return accountKey(address)
  }

  readBalance(value: Uint8Array | undefined): Balance {
    return this.shown(readAccount(value))
  }

  #checkGenesis({ encoded, hash }: SecureBlock): Reject | undefined {
    const own = this.#genesis.encoded
    if (encoded.length === own.length && encoded.every((byte, i) => byte === own[i])) return undefined
    return reject('bad-genesis', "the first block is not this network's", { got: hash, expected: this.#genesis.hash })
  }

  /** Reads a transfer that was decoded before. */
  #read(encoded: Uint8Array): Transfer {
    const known = this.#transactions.get(encoded)
    if (known !== undefined) return known
    const transfer = decodeTransaction(readCanonicalJson(encoded), encoded) as Transfer
    this.#transactions.set(encoded, transfer)
    return transfer
  }
}
