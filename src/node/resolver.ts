import type { PeerVerdict, Resolution, SyncProgress } from '../api/schemas.js'
import type { AdoptRefusal, Chain } from '../chain/chain.js'
import { rejectText } from '../consensus/reject.js'
import type { Block, Rules, TreeRules } from '../consensus/rules.js'
import { surveyPeers } from '../peers/chain-survey.js'
import type { HttpChainSource } from '../peers/http-chain-source.js'
import { HttpPeer } from '../peers/http-peer.js'
import type { PeerBook } from '../peers/peer-book.js'
import { syncWith } from '../peers/sync/sync.js'
import type { UnixSeconds } from '../primitives/time.js'
import type { ChainKeeper } from './chain-keeper.js'
import type { EventLog } from './event-log.js'

export interface ResolverParts<B extends Block> {
  readonly chain: Chain<B>
  readonly keeper: ChainKeeper<B>
  readonly peers: PeerBook
  readonly rules: Rules<B>
  readonly source: HttpChainSource
  readonly events: EventLog
  readonly now: () => UnixSeconds
}

/** Asks the peers for their chains, and has the best of them adopted; callers see to it that it does so once at a time. */
export class Resolver<B extends Block> {
  readonly #parts: ResolverParts<B>
  readonly #listeners = new Set<(progress: SyncProgress) => void>()
  #progress: SyncProgress | undefined

  constructor(parts: ResolverParts<B>) {
    this.#parts = parts
  }

  /** How far the fetching of blocks is; undefined while none are fetched. */
  get progress(): SyncProgress | undefined {
    return this.#progress
  }

  /** Calls the listener with all progress, until what it returns is called. */
  onProgress(listener: (progress: SyncProgress) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @throws the signal's reason */
  async resolve(signal: AbortSignal): Promise<Resolution> {
    const { peers, chain, keeper, rules, events, now } = this.#parts
    // Never while one is being adopted: what is gathered for that looks like one that was left.
    await keeper.exclusively(() => chain.discardLeftovers())
    const { tree } = rules
    const resolution = await (tree === undefined ? this.#surveyChains(signal) : this.#followHeaders(tree, signal))
    for (const verdict of resolution.verdicts) {
      peers.noteAnswer(verdict, now())
      events.publish({ type: 'peer-answer', ...verdict })
    }
    return resolution
  }

  async #surveyChains(signal: AbortSignal): Promise<Resolution> {
    const { chain, rules, source, keeper, peers } = this.#parts
    const lengthBefore = chain.tip.height
    const { best, verdicts } = await surveyPeers(peers.addresses, { chain, rules, source, signal })
    const asked = verdicts.length
    const unchanged = { replaced: false, lengthBefore, forkedAt: null, returned: 0, asked, verdicts, clockAhead: null }
    if (best === undefined) return { ...unchanged, length: chain.tip.height }

    const { peer, branch } = best
    const outcome = await keeper.adopt(branch, peer)
    const verdict = verdicts.find((each) => each.peer === peer)!
    if (outcome.refusal !== undefined) {
      Object.assign(verdict, refusedVerdict(branch.height, chain.tip.height, outcome.refusal))
      return { ...unchanged, length: chain.tip.height }
    }
    const length = branch.height
    Object.assign(verdict, { outcome: 'adopted', message: `its ${length} blocks replaced our ${lengthBefore}` })
    const { returned } = outcome
    return { ...unchanged, replaced: true, length, forkedAt: branch.fork.height, returned }
  }

  async #followHeaders(tree: TreeRules<B>, signal: AbortSignal): Promise<Resolution> {
    const { chain, rules, source, keeper, peers, events, now } = this.#parts
    const lengthBefore = chain.tip.height
    const { addresses } = peers
    const banned = new Map(
      addresses.flatMap((peer) => this.#bannedVerdict(peer) ?? []).map((each) => [each.peer, each]),
    )
    const asked = addresses
      .filter((address) => !banned.has(address))
      .map((address) => new HttpPeer(address, source, rules.blockLimits))
    try {
      const synced = await syncWith(asked, {
        chain,
        rules,
        tree,
        limits: source.limits,
        now,
        adopt: (branch, peer) => keeper.adopt(branch, peer),
        invalidOf: (hash) => keeper.invalidOf(hash),
        condemn: (hash, refusal) => keeper.condemn(hash, refusal),
        onProgress: (progress) => this.#tellProgress(progress),
        signal,
      })
      for (const { peer, message } of synced.verdicts) if (synced.atFault.has(peer)) peers.ban(peer, message, now())
      const verdictOn = new Map(synced.verdicts.map((verdict) => [verdict.peer, verdict]))
      return {
        replaced: synced.adopted !== undefined,
        lengthBefore,
        length: chain.tip.height,
        forkedAt: synced.adopted?.forkedAt ?? null,
        returned: synced.adopted?.returned ?? 0,
        asked: asked.length,
        verdicts: addresses.map((address) => (verdictOn.get(address) ?? banned.get(address))!),
        clockAhead: median(synced.clocksAhead),
      }
    } finally {
      if (this.#progress !== undefined) events.publishProgress({ type: 'syncing', progress: null })
      this.#progress = undefined
    }
  }

  #bannedVerdict(peer: string): PeerVerdict | undefined {
    const ban = this.#parts.peers.banOf(peer, this.#parts.now())
    if (ban === undefined) return undefined
    const minutes = Math.ceil(ban.seconds / 60)
    const message = `it is not asked for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}: ${ban.why}`
    return { peer, outcome: 'banned', message }
  }

  #tellProgress(progress: SyncProgress): void {
    this.#progress = progress
    this.#parts.events.publishProgress({ type: 'syncing', progress })
    for (const listener of this.#listeners) listener(progress)
  }
}

/** What is to be said of a peer whose chain was the best, and could not be adopted all the same. */
function refusedVerdict(length: number, ourLength: number, refusal: AdoptRefusal): Partial<PeerVerdict> {
  if (typeof refusal === 'object') {
    const { height, refusal: reason } = refusal
    return { outcome: 'invalid', length: height, block: height, message: `block ${height}: ${rejectText(reason)}` }
  }
  const changed = `ours changed while it was read, to ${ourLength} blocks`
  if (refusal === 'not-heavier') return { outcome: length === ourLength ? 'equal' : 'shorter', message: changed }
  return { outcome: 'outdone', message: changed }
}

/** Of two in the middle the lower one, in whole seconds. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  // No -0.
  return middle === undefined ? null : Math.round(middle) || 0
}
