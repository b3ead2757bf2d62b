import type { PeerVerdict } from '../api/schemas.js'
import type { Branch } from '../chain/branch.js'
import type { Chain } from '../chain/chain.js'
import type { Block, Rules, TreeRules } from '../consensus/rules.js'
import { ChainAnswerReader } from '../consensus/tutorial/chain-answer.js'
import { JsonSyntaxError } from '../primitives/json/syntax-error.js'
import type { UnixSeconds } from '../primitives/time.js'
import { follow } from './follow.js'
import { type HttpChainSource, SourceError } from './http-chain-source.js'
import { HttpPeer } from './http-peer.js'
import { addPrinted, blocks, invalid } from './judging.js'
import { type Turn, Turns } from './turns.js'

const PEERS_AT_ONCE = 4

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
    now,
    signal,
  }: {
    chain: Chain<B>
    rules: Rules<B>
    source: HttpChainSource
    now: UnixSeconds
    signal?: AbortSignal | undefined
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
  const judgeWhole = async (peer: string, turn: Turn): Promise<PeerVerdict> => {
    const branch = chain.stage()
    try {
      const fault = await gather(branch, peer, { rules, source, turn })
      return await settle(branch, fault ?? compare(peer, branch, chain.tip.height, chain.tip.weight))
    } catch (error) {
      await branch.discard()
      throw error
    }
  }
  const judgeByHeaders = async (tree: TreeRules<B>, peer: string, turn: Turn): Promise<PeerVerdict> => {
    const reached = new HttpPeer(peer, source, rules.blockLimits)
    const followed = await follow(reached, { chain, rules, tree, now, turn })
    if (!('branch' in followed)) return followed
    const { branch, isWhole } = followed
    const verdict = compare(peer, branch, chain.tip.height, chain.tip.weight)
    const rest = isWhole ? '' : '; there was no time for the rest'
    return settle(branch, { ...verdict, message: `${verdict.message}${rest}` })
  }
  const judge = async (peer: string, turn: Turn): Promise<PeerVerdict> => {
    try {
      const { tree } = rules
      return await (tree === undefined ? judgeWhole(peer, turn) : judgeByHeaders(tree, peer, turn))
    } catch (error) {
      if (error instanceof SourceError) return { peer, outcome: error.fault, message: error.message }
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
