import { createHash } from 'node:crypto'
import { type Reject, reject } from '../../src/consensus/reject.js'
import type { Balance, Block, BlockTransaction, Ledger, Rules, Template } from '../../src/consensus/rules.js'
import { textOf, utf8 } from '../../src/primitives/bytes.js'

/** What a toy block says. */
export interface ToyContents {
  readonly parent: string | null
  readonly weight: number
  /** Values that the ledger takes; null removes a key. What was there before is forgotten: only undo data can bring it back. */
  readonly sets: readonly (readonly [key: string, value: string | null])[]
  readonly transactions: readonly string[]
}

export interface ToyBlock extends Block, ToyContents {}

/** This value is refused when a block is connected, not when it is checked. */
export const UNCONNECTABLE = 'unconnectable'

/** Rules whose blocks weigh what they say, and overwrite: the opposite of the tutorial's in all that concerns a chain. */
export class ToyRules implements Rules<ToyBlock> {
  readonly jobKind = 'decimal'
  readonly blockLimits = { maxDepth: 10, maxBytes: 10_000 }
  readonly transactionRoom = 5_000
  readonly pendingLimits = { maxTransactions: 100_000, maxBytes: 64 * 1024 * 1024 }

  genesis(now: number): ToyBlock {
    return toyBlock({ parent: null, weight: 1, sets: [['genesis', String(now)]], transactions: [] })
  }

  decodeBlock(printed: Uint8Array): ToyBlock {
    return this.readBlock(printed)
  }

  readBlock(encoded: Uint8Array): ToyBlock {
    const contents = JSON.parse(textOf(encoded)) as ToyContents
    return { ...contents, hash: createHash('sha256').update(encoded).digest('hex'), encoded }
  }

  blockJson(encoded: Uint8Array): Uint8Array {
    return encoded
  }

  checkBlock(block: ToyBlock, parent: ToyBlock | undefined): Reject | undefined {
    return parent === undefined || block.parent === parent.hash
      ? undefined
      : reject('bad-previous-hash', 'the parent is another one')
  }

  weightOf(block: ToyBlock): bigint {
    return BigInt(block.weight)
  }

  signaturesOf(): [] {
    return []
  }

  transactionsOf(block: ToyBlock): BlockTransaction[] {
    return [...this.transactionsIn(block)]
  }

  *transactionsIn(block: ToyBlock): Generator<BlockTransaction> {
    for (const text of block.transactions) {
      yield { id: this.transactionId(utf8(text)), addresses: text.split(' '), encoded: utf8(text) }
    }
  }

  transactionId(encoded: Uint8Array): string {
    return createHash('sha256').update(encoded).digest('hex')
  }

  timeOf(): undefined {
    return undefined
  }

  ledgerKeys(block: ToyBlock): string[] {
    return block.sets.map(([key]) => key)
  }

  connectBlock(block: ToyBlock, ledger: Ledger): Uint8Array | Reject {
    const undo: (string | null)[] = []
    for (const [key, value] of block.sets) {
      if (value === UNCONNECTABLE) return reject('bad-amount', 'the ledger does not take it')
      const before = ledger.get(key)
      undo.push(before === undefined ? null : textOf(before))
      ledger.set(key, value === null ? undefined : utf8(value))
    }
    return undo.length === 0 ? new Uint8Array(0) : utf8(JSON.stringify(undo))
  }

  disconnectBlock(block: ToyBlock, undo: Uint8Array, ledger: Ledger): void {
    const before = (undo.length === 0 ? [] : JSON.parse(textOf(undo))) as (string | null)[]
    if (before.length !== block.sets.length) throw new Error('the undo data is of another block')
    for (const [i, [key]] of [...block.sets.entries()].reverse()) {
      const value = before[i]!
      ledger.set(key, value === null ? undefined : utf8(value))
    }
  }

  decodeTransaction(): Reject {
    return reject('bad-format', 'the toy takes no requests')
  }

  checkTransaction(): undefined {
    return undefined
  }

  checkRecipient(): undefined {
    return undefined
  }

  template(): Template<ToyBlock> {
    throw new Error('the toy is not mined')
  }

  balanceKey(address: string): string {
    return address
  }

  readBalance(value: Uint8Array | undefined): Balance {
    return { amount: value === undefined ? 'nothing' : textOf(value), uncounted: 0 }
  }
}

export const TOY = new ToyRules()

export function toyBlock(contents: Partial<ToyContents>): ToyBlock {
  const { parent = null, weight = 1, sets = [], transactions = [] } = contents
  return TOY.readBlock(utf8(JSON.stringify({ parent, weight, sets, transactions })))
}

/** Blocks on top of `parent`, each with the contents of one of the arguments. */
export function toyChain(parent: ToyBlock | undefined, ...blocks: readonly Partial<ToyContents>[]): ToyBlock[] {
  const chain: ToyBlock[] = []
  for (const contents of blocks) {
    chain.push(toyBlock({ ...contents, parent: (chain.at(-1) ?? parent)?.hash ?? null }))
  }
  return chain
}
