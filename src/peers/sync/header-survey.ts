import type { HeaderBranch } from './header-branch.js'
import { HeaderRoom } from './header-room.js'
import type { Peer } from './peer.js'

/** A peer that has the first blocks of a branch, or all of them. */
export interface Holder {
  readonly peer: Peer
  readonly branch: HeaderBranch
  /** The height of the last block that both have. */
  readonly upTo: number
  /** Blocks in its whole chain. */
  readonly length: number
  /** Why its chain is not followed to its end; undefined where it is. */
  readonly rest: string | undefined
}

/** The branches that peers have with more work than the active chain, each kept once, and who has what of them. */
export class HeaderSurvey {
  readonly room: HeaderRoom
  readonly #branches = new Set<HeaderBranch>()
  #holders: Holder[] = []

  /** @param maxBytes of all headers together */
  constructor(maxBytes: number) {
    this.room = new HeaderRoom(maxBytes)
  }

  get holders(): readonly Holder[] {
    return this.#holders
  }

  /** Notes what a peer has. A branch that is part of another one is not kept apart from it. */
  add(holder: Holder): void {
    const { branch } = holder
    this.#holders.push(holder)
    if (branch.isDropped || this.#branches.has(branch)) return
    for (const known of this.#kept()) {
      const shared = branch.sharedWith(known)
      if (shared === branch.count) {
        this.#merge(branch, known)
        return
      }
      if (shared === known.count) this.#merge(known, branch)
    }
    this.#branches.add(branch)
  }

  /** The branch of the greatest weight, of equal ones the first, if that is more than `weight`. */
  heaviestAbove(weight: bigint): HeaderBranch | undefined {
    let best: HeaderBranch | undefined
    for (const branch of this.#kept()) if (branch.weight > (best?.weight ?? weight)) best = branch
    return best
  }

  /** How many branches weigh more. */
  branchesAbove(weight: bigint): number {
    return this.#kept().filter((branch) => branch.weight > weight).length
  }

  /** Nothing more is wanted of a branch. */
  remove(branch: HeaderBranch): void {
    this.#branches.delete(branch)
    this.room.leave(branch)
  }

  /** Who has blocks of a branch, also who is on another that shares its first ones, and up to which height. */
  sourcesOf(branch: HeaderBranch): { peer: Peer; upTo: number }[] {
    const { height } = branch.fork
    return this.#holders
      .map(({ peer, branch: own, upTo }) => ({ peer, upTo: Math.min(upTo, height + branch.sharedWith(own)) }))
      .filter(({ upTo }) => upTo > height)
  }

  #kept(): HeaderBranch[] {
    return [...this.#branches].filter(({ isDropped }) => !isDropped)
  }

  #merge(part: HeaderBranch, whole: HeaderBranch): void {
    this.remove(part)
    this.#holders = this.#holders.map((holder) => (holder.branch === part ? { ...holder, branch: whole } : holder))
  }
}
