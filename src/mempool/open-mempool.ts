import type { ChainStore } from '../chain/store.js'
import type { Block, PendingLimits, Rules } from '../consensus/rules.js'
import { ArrivalPool } from './arrival-pool.js'
import { FeePool } from './fee-pool.js'
import type { Mempool } from './mempool.js'

/** Opens what the store has of pending transactions, as the rules have them held. */
export function openMempool<B extends Block>(
  store: ChainStore,
  rules: Rules<B>,
  limits: PendingLimits = rules.pendingLimits,
): Promise<Mempool> {
  const { accounts } = rules
  return accounts === undefined ? ArrivalPool.open(store, rules, limits) : FeePool.open(store, rules, accounts, limits)
}
