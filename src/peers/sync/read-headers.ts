import { MAX_HEADERS } from '../../api/limits.js'
import type { PeerVerdict } from '../../api/schemas.js'
import type { Chain } from '../../chain/chain.js'
import { isReject, type Reject, rejectText } from '../../consensus/reject.js'
import type { Block, HeaderChecker, TreeRules } from '../../consensus/rules.js'
import type { UnixSeconds } from '../../primitives/time.js'
import { SourceError } from '../source-error.js'
import { GiveWay, type Turn } from '../turns.js'
import { blocks, changed, invalid } from '../verdicts.js'
import { HeaderBranch, type Place } from './header-branch.js'
import type { HeaderSurvey, Holder } from './header-survey.js'
import type { HeaderAnswer, Peer, Range } from './peer.js'

export interface HeaderTools<B extends Block> {
  readonly chain: Chain<B>
  readonly tree: TreeRules<B>
  readonly survey: HeaderSurvey
  now(): UnixSeconds
  /** Why a block of this hash is known to be invalid. */
  invalidOf(hash: string): Reject | undefined
  /** Is told what a peer's clock shows. */
  onClock(peer: Peer, clock: UnixSeconds): void
}

/** What a peer has that is worth having, or what is to be said of it. A refusal is of a header that no other peer can have right. */
export type HeaderOutcome = { readonly holder: Holder } | { readonly verdict: PeerVerdict; readonly refusal?: Reject }

/**
 * Looks where a peer's chain leaves ours, and checks the work of what comes then.
 * @throws SourceError, GiveWay, the signal's reason
 */
export async function readHeaders<B extends Block>(
  peer: Peer,
  tools: HeaderTools<B>,
  turn: Turn,
): Promise<HeaderOutcome> {
  return new HeaderReading(peer, tools, turn).read()
}

export const REST_LATER = 'the rest is for the next time'

class HeaderReading<B extends Block> {
  readonly #peer: Peer
  readonly #tools: HeaderTools<B>
  readonly #turn: Turn
  /** Blocks in the peer's chain, as of its last answer. */
  #length = 0

  constructor(peer: Peer, tools: HeaderTools<B>, turn: Turn) {
    this.#peer = peer
    this.#tools = tools
    this.#turn = turn
  }

  async read(): Promise<HeaderOutcome> {
    const { chain } = this.#tools
    const stranger = await this.#ofAnotherNetwork()
    if (stranger !== undefined) return { verdict: stranger }
    const known = await this.#onKnownBranch()
    if (known !== undefined) return { holder: known }
    const fork = await this.#fork()
    const start = fork && (await this.#startBehind(fork))
    if (start === undefined) return { verdict: changed(this.#peer.address) }
    return this.#follow(start, chain.tip)
  }

  async #ask(range: Range): Promise<HeaderAnswer> {
    const answer = await this.#peer.headers(range, this.#turn.signal)
    this.#length = answer.length
    if (answer.clock !== undefined) this.#tools.onClock(this.#peer, answer.clock)
    return answer
  }

  async #ofAnotherNetwork(): Promise<PeerVerdict | undefined> {
    const { chain, tree } = this.#tools
    const { headers } = await this.#ask({ from: 1, limit: 1 })
    const got = headers[0] && tree.headerHash(headers[0])
    const { hash } = (await chain.reader.activeAt(1))!
    if (got === hash) return undefined
    const theirs = got === undefined ? 'nothing' : `${got.slice(0, 16)}...`
    const message = `it is of another network: its first block is ${theirs}, and ours ${hash.slice(0, 16)}...`
    return { peer: this.#peer.address, outcome: 'invalid', length: 1, block: 1, message }
  }

  /** Most peers have the same chain: of all but the first, one header tells. */
  async #onKnownBranch(): Promise<Holder | undefined> {
    const { chain, survey } = this.#tools
    const branch = survey.heaviestAbove(chain.tip.weight)
    if (branch === undefined || this.#length > branch.end || this.#length <= branch.fork.height) return undefined
    const upTo = this.#length
    const hash = await this.#hashAt(upTo)
    if (hash === undefined || hash !== branch.hashAt(upTo)) return undefined
    return { peer: this.#peer, branch, upTo, length: upTo, rest: undefined }
  }

  async #hashAt(height: number): Promise<string | undefined> {
    const { headers } = await this.#ask({ from: height, limit: 1 })
    return headers[0] && this.#tools.tree.headerHash(headers[0])
  }

  /** The last block that the peer's chain shares with ours; undefined where that has changed. */
  async #fork(): Promise<Place | undefined> {
    const { reader, tip } = this.#tools.chain
    const isShared = async (height: number): Promise<boolean> => {
      const [theirs, ours] = [await this.#hashAt(height), await reader.activeAt(height)]
      return theirs !== undefined && theirs === ours?.hash
    }
    let unshared = Math.min(tip.height, this.#length) + 1
    let shared = unshared - 1
    // Most often it is the last one, or one of the last.
    for (let step = 1; shared > 1 && !(await isShared(shared)); step *= 2) {
      unshared = shared
      shared = Math.max(1, shared - step)
    }
    while (unshared - shared > 1) {
      const middle = Math.floor((shared + unshared) / 2)
      if (await isShared(middle)) shared = middle
      else unshared = middle
    }
    const at = await reader.activeAt(shared)
    return at && { height: shared, hash: at.hash }
  }

  async #startBehind({ height, hash }: Place): Promise<{ branch: HeaderBranch; checker: HeaderChecker } | undefined> {
    const { chain, tree, now } = this.#tools
    const [placed, before, record] = await Promise.all([
      chain.reader.blockAt(height),
      chain.reader.blockAt(height - 1),
      chain.reader.activeAt(height),
    ])
    if (placed === undefined || placed.block.hash !== hash || record?.hash !== hash) return undefined
    const checker = tree.headerChecker(now(), { block: placed.block, parent: before?.block })
    return { branch: new HeaderBranch({ height, hash }, record.inTree!.weight), checker }
  }

  async #follow(
    { branch, checker }: { branch: HeaderBranch; checker: HeaderChecker },
    ours: { readonly height: number; readonly weight: bigint },
  ): Promise<HeaderOutcome> {
    const { room } = this.#tools.survey
    room.enter(branch)
    let isKept = false
    try {
      const stopped = await this.#addHeaders(branch, checker, ours.weight)
      const { address } = this.#peer
      if (isReject(stopped)) {
        return { verdict: invalid(address, { height: branch.end + 1, refusal: stopped }), refusal: stopped }
      }
      if (branch.isDropped) return { verdict: withoutRoom(address, this.#length) }
      if (branch.weight <= ours.weight) {
        const isEqual = branch.weight === ours.weight
        return { verdict: notHeavier(address, { length: this.#length, ours: ours.height, isEqual }) }
      }
      isKept = true
      return { holder: { peer: this.#peer, branch, upTo: branch.end, length: this.#length, rest: stopped } }
    } finally {
      if (!isKept) room.leave(branch)
    }
  }

  /** @returns why it is not followed to its end, where that is so; a refusal where that spoils what came before */
  async #addHeaders(branch: HeaderBranch, checker: HeaderChecker, ours: bigint): Promise<Reject | string | undefined> {
    const { survey, invalidOf } = this.#tools
    try {
      for (;;) {
        const { headers } = await this.#ask({ from: branch.end + 1, limit: MAX_HEADERS })
        for (const header of headers) {
          const refusal = checker.add(header) ?? invalidOf(checker.tip.hash)
          if (refusal !== undefined) {
            // A header may be ahead of our clock alone, and the peer's chain another one than a moment ago.
            const isOfUse = refusal.fault === 'unsure' && branch.weight > ours
            return isOfUse ? `block ${branch.end + 1}: ${rejectText(refusal)}` : refusal
          }
          branch.add(checker.tip.hash, checker.work)
        }
        const hasRoom = survey.room.makeRoom()
        if (branch.isDropped || headers.length === 0 || branch.end >= this.#length) return undefined
        if (!hasRoom) return REST_LATER
        this.#turn.progress = branch.end
      }
    } catch (error) {
      const isLate = error instanceof GiveWay || (error instanceof SourceError && error.fault === 'too-slow')
      if (isLate && branch.weight > ours) return 'there was no time for the rest'
      throw error
    }
  }
}

export function withoutRoom(peer: string, length: number): PeerVerdict {
  const message = `it has ${blocks(length)}, and those of others have more work: there is no room for all their headers`
  return { peer, outcome: 'outdone', length, message }
}

function notHeavier(
  peer: string,
  { length, ours, isEqual }: { length: number; ours: number; isEqual: boolean },
): PeerVerdict {
  if (isEqual) {
    const message = `it has ${blocks(length)}, and as much work as we: the first seen stays`
    return { peer, outcome: 'equal', length, message }
  }
  const work = length > ours ? ', but less work' : ''
  return { peer, outcome: 'shorter', length, message: `it has ${blocks(length)}${work}, and we have ${ours}` }
}
