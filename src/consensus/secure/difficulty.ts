import type { UnixSeconds } from '../../primitives/time.js'
import { bitsOfText, compactOf, targetOf } from './compact-target.js'
import type { SecureDefinition } from './definition.js'

/** What the rule asks of a network's definition. */
export type DifficultyRule = Pick<
  SecureDefinition,
  'genesis_bits' | 'pow_limit' | 'block_time' | 'max_solve_time' | 'smoothing'
>

/** Before this one there are no two blocks whose times a miner chose. */
const FIRST_RETARGET = 4

/**
 * Compact target of a block: a weighted target moving average (WTEMA). The target goes up with the time that the block before took, by a
 * part of `smoothing`.
 * @param index of the new block
 * @param parent the block before
 * @param grandparentTime when the one before that was made
 * @returns u32
 */
export function nextBits(
  rule: DifficultyRule,
  index: number,
  parent: { readonly bits: number; readonly timestamp: UnixSeconds },
  grandparentTime: UnixSeconds,
): number {
  if (index < FIRST_RETARGET) return bitsOfText(rule.genesis_bits)
  if (rule.smoothing === 0) return parent.bits
  const passed = parent.timestamp - grandparentTime
  const solve = Math.min(Math.max(passed, 1), rule.max_solve_time)
  const [smoothing, blockTime] = [BigInt(rule.smoothing), BigInt(rule.block_time)]
  const before = targetOf(parent.bits)!
  const target = (before * ((smoothing - 1n) * blockTime + BigInt(solve))) / (smoothing * blockTime)
  const limit = targetOf(bitsOfText(rule.pow_limit))!
  return compactOf(target < 1n ? 1n : target > limit ? limit : target)
}
