import type { Branch } from '../chain/branch.js'
import type { AdoptRefusal, Chain } from '../chain/chain.js'
import { isReject, type Reject, rejectText } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'

/** So many blocks become active at once: what an interrupted import has adopted is not lost. */
const STEP_BLOCKS = 5_000

export interface Refusal {
  readonly height: number
  readonly message: string
}

/** What came of the blocks of a file. */
export interface ImportOutcome {
  readonly lengthBefore: number
  readonly length: number
  /** Blocks that were read and valid, those that we had included. */
  readonly read: number
  /** Why it went no further; undefined where the chain of the file is ours now, or part of ours. */
  readonly refusal: Refusal | undefined
}

export interface ImportOptions<B extends Block> {
  readonly chain: Chain<B>
  readonly rules: Rules<B>
  /** Makes a branch active, or discards it. */
  readonly adopt: (branch: Branch<B>) => Promise<AdoptRefusal | undefined>
  readonly onProgress: (read: number) => void
  /** Ends it between two pages of the source. */
  readonly signal: AbortSignal
}

/**
 * Adopts a chain from elsewhere than a peer, if it is heavier than ours. Blocks that we have are only compared, so that an import that
 * was interrupted goes on where it was.
 * What is valid and heavier stays, also where a later block is refused or the source fails.
 * @param source the blocks from the first one on, as `JsonCanonicalizer` prints them, some at a time
 */
export async function importChain<B extends Block>(
  source: AsyncIterable<readonly Uint8Array[]>,
  { chain, rules, adopt, onProgress, signal }: ImportOptions<B>,
): Promise<ImportOutcome> {
  const lengthBefore = chain.tip.height
  let branch = chain.stage()
  /** Why the branch could not be made active; it is gone then. */
  let unfit: Refusal | undefined
  const adoptIfHeavier = async (): Promise<void> => {
    if (unfit !== undefined || branch.height === branch.fork.height || branch.weight <= chain.tip.weight) return
    const refused = await adopt(branch)
    if (refused === undefined) branch = chain.stageNext()
    else unfit = { height: branch.height, message: refusalText(refused) }
  }
  const addAll = async (): Promise<Refusal | undefined> => {
    // While the signatures of one page are checked, the next is decoded.
    let adding: Promise<Refusal | undefined> = Promise.resolve(undefined)
    try {
      for await (const page of source) {
        signal.throwIfAborted()
        const { blocks, fault } = decoded(page, rules)
        const refused = await adding
        if (refused !== undefined) return refused
        onProgress(branch.height)
        if (branch.height - branch.fork.height >= STEP_BLOCKS) await adoptIfHeavier()
        if (unfit !== undefined) return unfit
        adding = addPage(branch, blocks, fault)
        // What it fails with is heard of when it is waited for.
        adding.catch(() => {})
      }
    } finally {
      // Also where the source fails: what came before that is valid or not.
      await adding
    }
    onProgress(branch.height)
    return adding
  }
  try {
    // Also what came before a block that is refused, or an interruption: it was checked, and may be more than ours.
    let refusal = await addAll().finally(adoptIfHeavier)
    refusal ??= unfit
    if (refusal === undefined && branch.height > branch.fork.height) {
      const message = `it is the last one, and only a longer chain replaces ours, which ends with block ${chain.tip.height}`
      refusal = { height: branch.height, message }
    }
    return { lengthBefore, length: chain.tip.height, read: branch.height, refusal }
  } finally {
    // Never one that was adopted: by then it is the next.
    await branch.discard()
  }
}

/** The blocks of a page up to the first that can be none, and what is wrong with that. */
function decoded<B extends Block>(page: readonly Uint8Array[], rules: Rules<B>): { blocks: B[]; fault?: Reject } {
  const blocks: B[] = []
  for (const printed of page) {
    const block = rules.decodeBlock(printed)
    if (isReject(block)) return { blocks, fault: block }
    blocks.push(block)
  }
  return { blocks }
}

async function addPage<B extends Block>(
  branch: Branch<B>,
  blocks: readonly B[],
  fault: Reject | undefined,
): Promise<Refusal | undefined> {
  const refused = await branch.add(blocks)
  if (refused !== undefined) return { height: refused.height, message: rejectText(refused.refusal) }
  return fault && { height: branch.height + 1, message: rejectText(fault) }
}

function refusalText(refusal: AdoptRefusal): string {
  return typeof refusal === 'object' ? rejectText(refusal.refusal) : 'our chain changed meanwhile'
}
