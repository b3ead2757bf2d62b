import type { Branch } from '../chain/branch.js'
import type { AdoptRefusal, Chain } from '../chain/chain.js'
import { isReject } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'

/** So many blocks become active at once: what an interrupted import has adopted is not lost. */
const STEP_BLOCKS = 5_000

/** What came of the blocks of a file. */
export interface ImportOutcome {
  readonly lengthBefore: number
  readonly length: number
  /** Blocks that were read and valid, those that we had included. */
  readonly read: number
  /** Why it went no further; undefined where the chain of the file is ours now, or part of ours. */
  readonly refusal: { readonly height: number; readonly message: string } | undefined
}

export interface ImportOptions<B extends Block> {
  readonly chain: Chain<B>
  readonly rules: Rules<B>
  /** Makes a branch active, or discards it. */
  readonly adopt: (branch: Branch<B>) => Promise<AdoptRefusal | undefined>
  readonly onProgress: (read: number) => void
}

/**
 * Adopts a chain from elsewhere than a peer, if it is heavier than ours. Blocks that we have are only compared, so that an import that
 * was interrupted goes on where it was.
 * @param source the blocks from the first one on, as `JsonCanonicalizer` prints them, some at a time
 */
export async function importChain<B extends Block>(
  source: AsyncIterable<readonly Uint8Array[]>,
  { chain, rules, adopt, onProgress }: ImportOptions<B>,
): Promise<ImportOutcome> {
  const lengthBefore = chain.tip.height
  let branch = chain.stage()
  const outcome = (refusal?: ImportOutcome['refusal']): ImportOutcome => ({
    lengthBefore,
    length: chain.tip.height,
    read: branch.height,
    refusal,
  })
  const adoptGathered = async (): Promise<ImportOutcome['refusal']> => {
    const refused = await adopt(branch)
    if (refused !== undefined) return { height: branch.height, message: refusalText(refused) }
    branch = chain.stageNext()
    return undefined
  }
  try {
    for await (const page of source) {
      for (const printed of page) {
        const block = rules.decodeBlock(printed)
        const height = branch.height + 1
        if (isReject(block)) return outcome({ height, message: block.message })
        const refused = await branch.add([block])
        if (refused !== undefined) return outcome({ height, message: refused.refusal.message })
      }
      onProgress(branch.height)
      if (branch.weight > chain.tip.weight && branch.height - branch.fork.height >= STEP_BLOCKS) {
        const refused = await adoptGathered()
        if (refused !== undefined) return outcome(refused)
      }
    }
    if (branch.height === branch.fork.height) return outcome()
    if (branch.weight <= chain.tip.weight) {
      const message = `the chain of the file ends here, and ours has ${chain.tip.height} blocks: only a longer one replaces it`
      return outcome({ height: branch.height, message })
    }
    return outcome(await adoptGathered())
  } finally {
    // Never one that was adopted: by then it is the next.
    await branch.discard()
  }
}

function refusalText(refusal: AdoptRefusal): string {
  return typeof refusal === 'object' ? refusal.refusal.message : 'our chain changed meanwhile'
}
