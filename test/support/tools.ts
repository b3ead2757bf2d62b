import type { ChainTools } from '../../src/chain/block-checker.js'
import { firstFaultOf } from '../../src/verification/first-fault.js'

/** A clock that stands still, and signatures that are checked in this thread. */
export function toolsAt(now: number): ChainTools {
  return { now: () => now, firstFault: async (checks) => firstFaultOf(checks) }
}

export const TOOLS = toolsAt(1_800_000_000)
