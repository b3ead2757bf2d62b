import { sha256Hex } from '#crypto'
import { asciiOf } from '../../primitives/bytes.js'
import {
  holdsText,
  JsonNumber,
  type JsonValue,
  jsonObject,
  printJsonBytes,
  readCanonicalJson,
  type Span,
} from '../../primitives/json/value.js'
import type { UnixSeconds } from '../../primitives/time.js'
import { isReject, type Reject, reject } from '../reject.js'
import type {
  Balance,
  BlockContents,
  BlockTransaction,
  IdentifiedTransaction,
  Ledger,
  Rules,
  Template,
} from '../rules.js'
import {
  blockTime,
  decodeBlock,
  encodeBlock,
  MAX_BLOCK_BYTES,
  MAX_DEPTH,
  readBlock,
  type TutorialBlock,
  transactionSpans,
} from './block.js'
import { applyChanges, type BlockChanges, balanceKey, changesOf, readBalance } from './ledger.js'
import { addressesIn, checkPayment, decodePayment, REWARD_SENDER } from './payment.js'
import { type Edition, jobAfter, otherEdition, solves } from './proof.js'

/** The proof of every node's first block. */
const GENESIS_PROOF = 100
const REWARD = 1
/** Room in a block for what is not a transaction: its own fields and the reward. */
const BLOCK_OVERHEAD_BYTES = 4096

const NO_UNDO = new Uint8Array(0)

/** One of perhaps millions in a block of a peer, of which few are asked what they are. */
class TransactionInBlock implements BlockTransaction {
  readonly #block: Uint8Array
  readonly #start: number
  readonly #end: number

  constructor(block: Uint8Array, start: number, end: number) {
    this.#block = block
    this.#start = start
    this.#end = end
  }

  get encoded(): Uint8Array {
    return this.#block.subarray(this.#start, this.#end)
  }

  get id(): string {
    return sha256Hex(this.encoded)
  }

  get addresses(): string[] {
    return addressesIn(this.encoded)
  }
}

/** The rules of "Learn Blockchains by Building One" (Daniel van Flymen, 2017). */
export class TutorialRules implements Rules<TutorialBlock> {
  readonly jobKind = 'decimal'
  readonly blockLimits = { maxDepth: MAX_DEPTH, maxBytes: MAX_BLOCK_BYTES }
  readonly transactionRoom = MAX_BLOCK_BYTES - BLOCK_OVERHEAD_BYTES
  readonly pendingLimits = { maxTransactions: 100_000, maxBytes: 64 * 1024 * 1024 }
  readonly #edition: Edition
  readonly #zeros: number
  /** The keys of the ledger are asked for before the block is connected: adding it up twice would cost as much as all the rest. */
  readonly #changes = new WeakMap<TutorialBlock, BlockChanges>()

  /** @param zeros hex zeros that a proof's hash begins with */
  constructor(edition: Edition, zeros: number) {
    this.#edition = edition
    this.#zeros = zeros
  }

  genesis(now: UnixSeconds): TutorialBlock {
    const previousHash = this.#edition === 'article' ? '1' : '"1"'
    return readBlock(
      encodeBlock({ index: 1, previousHash, proof: GENESIS_PROOF, timestamp: printTime(now), transactions: [] }),
    )
  }

  decodeBlock(printed: Uint8Array): TutorialBlock | Reject {
    return decodeBlock(printed)
  }

  readBlock(encoded: Uint8Array): TutorialBlock {
    return readBlock(encoded)
  }

  blockJson(encoded: Uint8Array): Uint8Array {
    return encoded
  }

  checkBlock(block: TutorialBlock, parent: TutorialBlock | undefined): Reject | undefined {
    // Nothing checks block 1: each Python node makes its own.
    if (parent === undefined) return undefined
    if (!follows(block, parent)) {
      return reject('bad-previous-hash', 'previous_hash is not the hash of the block before', {
        got: beginningOf(block.encoded, block.previousHash),
        expected: parent.hash,
      })
    }
    if (isReject(parent.proof)) return parent.proof
    if (isReject(block.proof)) return block.proof
    const last = { proof: parent.proof, hash: parent.hash }
    if (solves(jobAfter(this.#edition, this.#zeros, last), block.proof)) return undefined
    const other = otherEdition(this.#edition)
    return solves(jobAfter(other, this.#zeros, last), block.proof)
      ? reject('other-edition', "the proof is right for the tutorial's other edition", {
          got: other,
          expected: this.#edition,
        })
      : reject('bad-proof', `the proof's hash does not begin with ${this.#zeros} zeros`, {
          got: block.proof.slice(0, 80),
        })
  }

  /** The tutorial signs nothing. */
  signaturesOf(): [] {
    return []
  }

  weightOf(): bigint {
    return 1n
  }

  transactionsOf(block: TutorialBlock): IdentifiedTransaction[] {
    const transactions: IdentifiedTransaction[] = []
    for (const { start, end } of transactionSpans(block.encoded)) {
      const encoded = block.encoded.subarray(start, end)
      // Not the reward, nor what only a peer's chain may hold.
      if (this.checkTransaction(encoded) === undefined) transactions.push({ id: this.transactionId(encoded), encoded })
    }
    return transactions
  }

  *transactionsIn(block: TutorialBlock): Generator<BlockTransaction> {
    for (const { start, end } of transactionSpans(block.encoded))
      yield new TransactionInBlock(block.encoded, start, end)
  }

  transactionId(encoded: Uint8Array): string {
    return sha256Hex(encoded)
  }

  timeOf(block: TutorialBlock): UnixSeconds | undefined {
    return blockTime(block)
  }

  ledgerKeys(block: TutorialBlock): string[] {
    return [...this.#changesOf(block).keys()]
  }

  connectBlock(block: TutorialBlock, ledger: Ledger): Uint8Array {
    applyChanges(this.#changesOf(block), ledger, 1n)
    return NO_UNDO
  }

  disconnectBlock(block: TutorialBlock, _undo: Uint8Array, ledger: Ledger): void {
    applyChanges(this.#changesOf(block), ledger, -1n)
  }

  decodeTransaction(request: JsonValue): Uint8Array | Reject {
    return decodePayment(request)
  }

  checkTransaction(encoded: Uint8Array): Reject | undefined {
    return checkPayment(readCanonicalJson(encoded))
  }

  /** Any name will do. */
  checkRecipient(): undefined {
    return undefined
  }

  /** @throws Error where `parent` has no proof that can be followed: only a first block from outside can be such */
  template(parent: TutorialBlock, height: number, contents: () => BlockContents): Template<TutorialBlock> {
    const { hash, proof } = parent
    if (isReject(proof)) throw new Error(`block ${height} cannot be followed: ${proof.message}`)
    return {
      height: height + 1,
      parentHash: hash,
      job: jobAfter(this.#edition, this.#zeros, { proof, hash }),
      // The work binds no contents, so what arrived during the search still goes in, as in the Python program.
      seal: (found) => {
        const { transactions, recipient, time } = contents()
        const reward = jsonObject({ sender: REWARD_SENDER, recipient, amount: JsonNumber.integer(REWARD) })
        return readBlock(
          encodeBlock({
            index: height + 1,
            previousHash: `"${hash}"`,
            proof: found,
            timestamp: printTime(time),
            transactions: [...transactions, printJsonBytes(reward)],
          }),
        )
      },
    }
  }

  #changesOf(block: TutorialBlock): BlockChanges {
    const known = this.#changes.get(block)
    if (known !== undefined) return known
    const changes = changesOf(block)
    this.#changes.set(block, changes)
    return changes
  }

  balanceKey(address: string): string {
    return balanceKey(address)
  }

  readBalance(value: Uint8Array | undefined): Balance {
    return readBalance(value)
  }
}

/** Whether the block's `previous_hash` is its parent's hash, as a string. */
function follows({ encoded, previousHash }: TutorialBlock, parent: TutorialBlock): boolean {
  if (previousHash === undefined || encoded[previousHash.start] !== 0x22) return false
  return holdsText(encoded, previousHash.start + 1, previousHash.end - 1, parent.hash)
}

function beginningOf(encoded: Uint8Array, span: Span | undefined): string {
  return span === undefined ? 'none' : asciiOf(encoded, span.start, Math.min(span.end, span.start + 80))
}

/** Python's `time.time()` is a float, so a whole second is printed with its `.0`. */
function printTime(time: UnixSeconds): string {
  return JsonNumber.float(time).text
}
