import type { PeerVerdict } from '../api/schemas.js'
import type { Branch } from '../chain/branch.js'
import type { Chain } from '../chain/chain.js'
import { isReject, type Reject } from '../consensus/reject.js'
import type { Block, Rules } from '../consensus/rules.js'
import { ChainAnswerReader } from '../consensus/tutorial/chain-answer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import type { HttpChainSource } from './http-chain-source.js'
import { SourceError } from './source-error.js'
import { PEERS_AT_ONCE, type Turn, Turns } from './turns.js'
import { blocks, failed, invalid } from './verdicts.js'

/** What asking the peers gave: the best branch, to be adopted or discarded, and what is to be said of each peer. */
export interface Survey<B extends Block> {
  readonly best: { peer: string; branch: Branch<B> } | undefined
  readonly verdicts: PeerVerdict[]
}

/**
 * Asks each peer for its chain and judges it. A peer that is dead, slow or endless, or that talks nonsense, costs a bounded
 * time and memory and nothing of the others' answers.
 */
export async function surveyPeers<B extends Block>(
  peers: readonly string[],
  {
    chain,
    rules,
    source,
    signal,
  }: {
    chain: Chain<B>
    rules: Rules<B>
    source: HttpChainSource
    signal: AbortSignal
  },
): Promise<Survey<B>> {
  let best: { peer: string; branch: Branch<B> } | undefined
  /** Keeps a branch that is the best so far, and discards all others. */
  const settle = async (branch: Branch<B>, verdict: PeerVerdict): Promise<PeerVerdict> => {
    if (verdict.outcome !== 'outdone' || branch.weight <= (best?.branch.weight ?? 0n)) {
      await branch.discard()
      return verdict
    }
    const outdone = best
    best = { peer: verdict.peer, branch }
    await outdone?.branch.discard()
    return verdict
  }
  const judge = async (peer: string, turn: Turn): Promise<PeerVerdict> => {
    const branch = chain.stage()
    try {
      const fault = await gather(branch, peer, { rules, source, turn })
      return await settle(branch, fault ?? compare(peer, branch, chain.tip.height, chain.tip.weight))
    } catch (error) {
      await branch.discard()
      if (error instanceof SourceError) return failed(peer, error)
      throw error
    }
  }
  const turns = new Turns<PeerVerdict>(peers, {
    atOnce: PEERS_AT_ONCE,
    totalMs: source.limits.surveyMs,
    ask: judge,
    late: (peer, message) => ({ peer, outcome: 'too-slow', message }),
  })
  try {
    const verdicts = await turns.take(signal)
    return { best, verdicts }
  } catch (error) {
    await best?.branch.discard()
    throw error
  }
}

/** Reads a peer's chain into the branch. */
async function gather<B extends Block>(
  branch: Branch<B>,
  peer: string,
  { rules, source, turn }: { rules: Rules<B>; source: HttpChainSource; turn: Turn },
): Promise<PeerVerdict | undefined> {
  const reader = new ChainAnswerReader(rules.blockLimits)
  const add = async (printed: readonly Uint8Array[]): Promise<PeerVerdict | undefined> => {
    const refused = await addPrinted(branch, rules, printed)
    turn.progress = branch.height
    return refused && invalid(peer, refused)
  }
  try {
    for await (const chunk of source.chain(peer, turn.signal)) {
      const verdict = await add(reader.push(chunk))
      if (verdict !== undefined) return verdict
    }
    return await add(reader.end())
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const place = branch.height === 0 ? '' : `behind block ${branch.height}, `
    return { peer, outcome: 'no-chain', message: `its answer is not a chain: ${place}${error.message}` }
  }
}

/** Adds blocks to a branch, all of them or those before the first that is refused. */
async function addPrinted<B extends Block>(
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

/** A chain that is long enough counts as outdone until it is known to be the longest. */
function compare<B extends Block>(peer: string, branch: Branch<B>, height: number, weight: bigint): PeerVerdict {
  const length = branch.height
  if (branch.weight > weight) {
    return {
      peer,
      outcome: 'outdone',
      length,
      message: `its ${blocks(length)} are valid, but another peer's chain is at least as long`,
    }
  }
  if (branch.weight === weight) {
    return { peer, outcome: 'equal', length, message: `it has ${blocks(length)}, as many as we: the first seen stays` }
  }
  return { peer, outcome: 'shorter', length, message: `it has ${blocks(length)}, and we have ${height}` }
}
