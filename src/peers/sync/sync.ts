import { setInterval } from 'node:timers/promises'
import type { PeerVerdict } from '../../api/schemas.js'
import type { Reject } from '../../consensus/reject.js'
import type { Block, TreeRules } from '../../consensus/rules.js'
import { AbortScope } from '../../primitives/abort-scope.js'
import type { UnixSeconds } from '../../primitives/time.js'
import type { PeerLimits } from '../limits.js'
import { SourceError } from '../source-error.js'
import { PEERS_AT_ONCE, type Turn, Turns } from '../turns.js'
import { blocks, changed, failed, invalid } from '../verdicts.js'
import { type Adopted, type Followed, type FollowTools, followBranch, type Refused, TimeUp } from './follow-branch.js'
import type { HeaderBranch } from './header-branch.js'
import { HeaderSurvey, type Holder } from './header-survey.js'
import type { Peer } from './peer.js'
import { type HeaderOutcome, REST_LATER, readHeaders, withoutRoom } from './read-headers.js'

export interface SyncTools<B extends Block> extends FollowTools<B> {
  readonly tree: TreeRules<B>
  readonly limits: Pick<PeerLimits, 'surveyMs' | 'headerBytes' | 'stallMs' | 'blocksMs'>
  now(): UnixSeconds
  /** Why a block of this hash is known to be invalid. */
  invalidOf(hash: string): Reject | undefined
  /** Remembers that. */
  condemn(hash: string, refusal: Reject): Promise<unknown>
}

/** What came of following peers. */
export interface Synced {
  /** On each of the peers, in their order. */
  readonly verdicts: PeerVerdict[]
  /** The addresses of those that gave what can never be valid. */
  readonly atFault: ReadonlySet<string>
  /** By how many seconds the clocks of those that told it are ahead of ours. */
  readonly clocksAhead: readonly number[]
  /** Undefined where nothing of theirs became active. */
  readonly adopted: Adopted | undefined
}

/**
 * Follows peers by their headers: all are asked for these, their work is checked, and of the chain that has the most the blocks that are
 * missing are fetched from all who have them. Where that chain turns out not to be valid, or nobody gives it, the next one is followed.
 * @throws the signal's reason
 */
export function syncWith<B extends Block>(peers: readonly Peer[], tools: SyncTools<B>): Promise<Synced> {
  return new Sync(peers, tools).run()
}

class Sync<B extends Block> {
  readonly #peers: readonly Peer[]
  readonly #tools: SyncTools<B>
  readonly #survey: HeaderSurvey
  readonly #verdicts = new Map<Peer, PeerVerdict>()
  /** Those who are asked for no blocks any more. */
  readonly #failures = new Map<Peer, SourceError>()
  readonly #atFault = new Set<string>()
  readonly #clocksAhead = new Map<Peer, number>()
  readonly #lengthBefore: number
  #adopted: Adopted | undefined

  constructor(peers: readonly Peer[], tools: SyncTools<B>) {
    this.#peers = peers
    this.#tools = tools
    this.#survey = new HeaderSurvey(tools.limits.headerBytes)
    this.#lengthBefore = tools.chain.tip.height
  }

  async run(): Promise<Synced> {
    const { chain, limits, signal } = this.#tools
    await this.#readHeaders(this.#peers, signal)
    const end = performance.now() + limits.blocksMs
    for (;;) {
      const headers = this.#survey.heaviestAbove(chain.tip.weight)
      const left = end - performance.now()
      if (headers === undefined || left <= 0) break
      await this.#follow(headers, left)
    }
    for (const holder of this.#survey.holders) {
      const { peer } = holder
      if (!this.#verdicts.has(peer)) this.#verdicts.set(peer, await this.#verdictOn(holder, this.#failures.get(peer)))
    }
    return {
      verdicts: this.#peers.map((peer) => this.#verdicts.get(peer)!),
      atFault: this.#atFault,
      clocksAhead: [...this.#clocksAhead.values()],
      adopted: this.#adopted,
    }
  }

  async #readHeaders(peers: readonly Peer[], signal: AbortSignal): Promise<void> {
    const { limits } = this.#tools
    const byAddress = new Map(peers.map((peer) => [peer.address, peer]))
    const tools = { ...this.#tools, survey: this.#survey, onClock: this.#noteClock }
    const ask = async (address: string, turn: Turn): Promise<HeaderOutcome> => {
      try {
        const outcome = await readHeaders(byAddress.get(address)!, tools, turn)
        // At once: of those that are asked later one header may tell all.
        if ('holder' in outcome) this.#survey.add(outcome.holder)
        return outcome
      } catch (error) {
        if (error instanceof SourceError) return { verdict: failed(address, error) }
        throw error
      }
    }
    const turns = new Turns<HeaderOutcome>([...byAddress.keys()], {
      atOnce: PEERS_AT_ONCE,
      totalMs: limits.surveyMs,
      ask,
      late: (peer, message) => ({ verdict: { peer, outcome: 'too-slow', message } }),
    })
    for (const [i, outcome] of (await turns.take(signal)).entries()) {
      const peer = peers[i]!
      this.#verdicts.delete(peer)
      if (!('verdict' in outcome)) continue
      const { verdict, refusal } = outcome
      this.#verdicts.set(peer, verdict)
      if (refusal !== undefined && refusal.fault !== 'unsure') this.#atFault.add(verdict.peer)
    }
  }

  readonly #noteClock = (peer: Peer, clock: UnixSeconds): void => {
    this.#clocksAhead.set(peer, clock - this.#tools.now())
  }

  async #follow(headers: HeaderBranch, leftMs: number): Promise<void> {
    const { chain, limits } = this.#tools
    const sources = this.#survey.sourcesOf(headers).filter(({ peer }) => !this.#failures.has(peer))
    if (sources.length === 0) return this.#survey.remove(headers)
    const time = new AbortScope([])
    const othersWait = this.#survey.branchesAbove(chain.tip.weight) > 1
    time.abortIn(othersWait ? Math.min(leftMs, limits.surveyMs) : leftMs, new TimeUp())
    const looking = othersWait ? undefined : this.#lookForOthers(time)
    let followed: Followed
    try {
      followed = await followBranch(headers, sources, this.#tools, time.signal)
    } finally {
      time.release()
      time.abort(new TimeUp())
      await looking
    }
    for (const [peer, failure] of followed.failures) this.#failures.set(peer, failure)
    for (const [peer, verdict] of followed.verdicts) this.#verdicts.set(peer, verdict)
    for (const { address } of followed.atFault) this.#atFault.add(address)
    if (followed.invalid !== undefined) await this.#condemn(headers, followed.invalid)
    this.#adopted = together(this.#adopted, followed.adopted)
    // The blocks before the one that the ledger refused may still be more than ours.
    if (followed.ended === 'ledger') headers.cutTo(followed.invalid!.height - 1)
    else this.#survey.remove(headers)
    if (followed.ended === 'late' || followed.ended === 'changed') this.#excuse(headers, followed)
  }

  /** Asks those who had nothing to follow again, now and then: who has, by now, is not to wait for the end of one that gives its blocks slowly. */
  async #lookForOthers(time: AbortScope): Promise<void> {
    const { chain, limits } = this.#tools
    const { signal } = time
    try {
      for await (const _ of setInterval(limits.surveyMs, undefined, { signal, ref: false })) {
        const others = this.#peers.filter((peer) => this.#verdicts.has(peer) && !this.#atFault.has(peer.address))
        await this.#readHeaders(others, signal)
        if (this.#survey.branchesAbove(chain.tip.weight) > 1) time.abort(new TimeUp())
      }
    } catch (error) {
      // Nothing comes of it where what was followed has ended meanwhile.
      time.abort(error)
    }
  }

  #isDone(peer: Peer): boolean {
    return this.#verdicts.has(peer) || this.#failures.has(peer)
  }

  /** A block of the branch can never be valid: all who have it followed a chain that is none. */
  async #condemn(headers: HeaderBranch, { height, refusal }: Refused): Promise<void> {
    await this.#tools.condemn(headers.hashAt(height)!, refusal)
    for (const { peer, upTo } of this.#survey.sourcesOf(headers)) {
      if (upTo < height) continue
      this.#verdicts.set(peer, invalid(peer.address, { height, refusal }))
      this.#atFault.add(peer.address)
    }
  }

  /** Says of those on a branch that nothing of it became ours, for no fault of theirs. */
  #excuse(headers: HeaderBranch, { ended, adopted }: Followed): void {
    if (adopted !== undefined) return
    for (const { peer, branch } of this.#survey.holders) {
      if (branch !== headers || this.#isDone(peer)) continue
      this.#verdicts.set(peer, ended === 'late' ? late(peer.address) : changed(peer.address))
    }
  }

  /** What became of a chain with more work than ours had. */
  async #verdictOn(
    { peer: { address: peer }, branch, upTo, length, rest: ended }: Holder,
    failure: SourceError | undefined,
  ): Promise<PeerVerdict> {
    const { chain } = this.#tools
    const rest = failure?.message ?? ended
    if (branch.isDropped) return withoutRoom(peer, length)
    // Not that of our chain: by now a block of our own may follow.
    const tip = this.#adopted?.tip
    const after = rest === undefined ? '' : `; ${rest}`
    const has = `it has ${blocks(length)}`
    if (tip !== undefined && upTo >= tip.height && branch.hashAt(tip.height) === tip.hash) {
      const part = length > tip.height ? `${tip.height} of its ${blocks(length)}` : `its ${blocks(length)}`
      const later = upTo > tip.height && rest === undefined ? `; ${REST_LATER}` : after
      return { peer, outcome: 'adopted', length, message: `${part} replaced our ${this.#lengthBefore}${later}` }
    }
    if (failure !== undefined) return failed(peer, failure)
    if ((await chain.reader.activeAt(upTo))?.hash === branch.hashAt(upTo)) {
      return { peer, outcome: 'shorter', length, message: `${has}, which are part of ours now${after}` }
    }
    const isMore = branch.weight > chain.tip.weight
    const why = isMore
      ? 'and there was no time for all its blocks'
      : this.#adopted === undefined
        ? 'and no more work than ours'
        : "and another peer's chain has more work"
    return { peer, outcome: 'outdone', length, message: `${has}, ${why}${after}` }
  }
}

/** Of two adoptions that followed each other. */
function together(first: Adopted | undefined, then: Adopted | undefined): Adopted | undefined {
  if (first === undefined || then === undefined) return then ?? first
  const forkedAt = Math.min(first.forkedAt, then.forkedAt)
  return { forkedAt, tip: then.tip, returned: first.returned + then.returned }
}

function late(peer: string): PeerVerdict {
  return { peer, outcome: 'too-slow', message: 'there was no time for all its blocks' }
}
