import type { PeerVerdict } from '../api/schemas.js'
import type { Branch } from '../chain/branch.js'
import { isReject, type Reject, rejectText } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'

/** The block of a peer that breaks a rule, and which. */
export function invalid(peer: string, { height, refusal }: { height: number; refusal: Reject }): PeerVerdict {
  const outcome = refusal.code === 'other-edition' ? 'other-edition' : 'invalid'
  return { peer, outcome, length: height, block: height, message: `block ${height}: ${rejectText(refusal)}` }
}

/** Adds blocks to a branch, all of them or those before the first that is refused. */
export async function addPrinted<B extends Block>(
  branch: Branch<B>,
  rules: Rules<B>,
  printed: readonly Uint8Array[],
): Promise<{ height: number; refusal: Reject } | undefined> {
  const blocks: B[] = []
  let undecodable: Reject | undefined
  for (const text of printed) {
    const block = rules.decodeBlock(text)
    if (isReject(block)) {
      undecodable = block
      break
    }
    blocks.push(block)
  }
  const refused = await branch.add(blocks)
  return refused ?? (undecodable && { height: branch.height + 1, refusal: undecodable })
}

/** `1 block`, `3 blocks`. */
export function blocks(count: number): string {
  return count === 1 ? '1 block' : `${count} blocks`
}
