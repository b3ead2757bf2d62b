import type { Block, IdentifiedTransaction, Rules } from '../consensus/rules.js'
import { bytesOfHex } from '../primitives/bytes.js'
import { activeKey, blockKey, hashKey, u32, undoKey } from './layout.js'
import type { LedgerSource } from './ledger-buffer.js'
import { encodeActive } from './records.js'
import type { StoreChange } from './store.js'
import { placeChanges } from './transaction-index.js'

/** What a change of the active chain does to transactions. */
export interface ChainChange {
  /** How often a transaction stands in the blocks that became active, by its id; of those that are watched. */
  readonly confirmed: ReadonlyMap<string, number>
  /** The transactions of the blocks that ceased to be active, in their order, those that this node mined apart. */
  readonly abandoned: {
    readonly mined: readonly IdentifiedTransaction[]
    readonly others: readonly IdentifiedTransaction[]
  }
  /** The ledger as it is after the change. */
  readonly ledger: LedgerSource
}

/** Makes further changes in the same batch, as the pending transactions do. */
export type Alongside = (change: ChainChange) => Promise<readonly StoreChange[]>

/** How often each transaction stands in a block, by its id. */
export function countTransactions<B extends Block>(
  rules: Rules<B>,
  block: B,
  counts = new Map<string, number>(),
  isWatched: (id: string) => boolean = () => true,
): Map<string, number> {
  for (const { id } of rules.transactionsOf(block)) if (isWatched(id)) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

/** What stores a block, and leads to its transactions. */
export function blockChanges<B extends Block>(
  rules: Rules<B>,
  block: B,
  height: number,
  branch: number,
): StoreChange[] {
  return [{ key: blockKey(branch, height), value: block.encoded }, ...placeChanges(rules, block, height, branch)]
}

/** What makes a block active. @param undo what takes it back again, as the rules gave it */
export function activeChanges<B extends Block>(
  rules: Rules<B>,
  at: { block: B; height: number; weight: bigint; branch: number; mined: boolean },
  undo: Uint8Array,
): StoreChange[] {
  const { block, height, branch, mined, weight } = at
  const { hash } = block
  // Where blocks beside the chain are kept, any of them may have to be weighed against another.
  const inTree = rules.tree && { weight, header: rules.tree.headerOf(block) }
  const changes: StoreChange[] = [
    { key: activeKey(height), value: encodeActive({ branch, mined, hash, ...(inTree && { inTree }) }) },
    { key: hashKey(bytesOfHex(hash)), value: u32(height) },
  ]
  if (undo.length > 0) changes.push({ key: undoKey(branch, height), value: undo })
  return changes
}
