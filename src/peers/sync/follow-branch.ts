import type { PeerVerdict, SyncProgress } from '../../api/schemas.js'
import type { Branch } from '../../chain/branch.js'
import type { AdoptRefusal, Chain } from '../../chain/chain.js'
import { isReject, type Reject } from '../../consensus/reject.js'
import type { Block, Rules } from '../../consensus/rules.js'
import { AbortScope } from '../../primitives/abort-scope.js'
import { SourceError } from '../source-error.js'
import { invalid } from '../verdicts.js'
import { BlockDownload, type BlockSource, notTheBlock, type Page } from './block-download.js'
import type { HeaderBranch, Place } from './header-branch.js'
import type { Peer } from './peer.js'

/** So many blocks become active at once: what an interrupted sync has adopted is not lost. */
const STEP_BLOCKS = 2_000

export interface FollowTools<B extends Block> {
  readonly chain: Chain<B>
  readonly rules: Rules<B>
  readonly limits: { readonly stallMs: number }
  /** Makes a branch active, or discards it. */
  adopt(branch: Branch<B>, peer: string): Promise<{ refusal: AdoptRefusal } | { refusal: undefined; returned: number }>
  onProgress(progress: SyncProgress): void
  readonly signal: AbortSignal
}

/** A block that is refused. */
export interface Refused {
  readonly height: number
  readonly refusal: Reject
}

/** What came of following a branch. */
export interface Followed {
  /** The peers that did not give what they have, and why. */
  readonly failures: ReadonlyMap<Peer, SourceError>
  /** What is to be said of those that gave blocks that are not valid. */
  readonly verdicts: ReadonlyMap<Peer, PeerVerdict>
  /** Those of them that gave what can never be right. */
  readonly atFault: readonly Peer[]
  /** The block of the branch that is not valid, whoever gives it. */
  readonly invalid?: Refused
  /** `ledger`: the blocks before the invalid one may be tried alone; `late`: there was no time for the rest; `changed`: our chain changed. */
  readonly ended: 'whole' | 'ledger' | 'late' | 'changed' | 'nobody-left'
  /** Undefined where no block became active. */
  readonly adopted: Adopted | undefined
}

/** What became active. */
export interface Adopted {
  /** The height of the last block that was ours before. */
  readonly forkedAt: number
  readonly tip: Place
  /** Transactions of replaced blocks that are pending again. */
  readonly returned: number
}

/**
 * Fetches the blocks of a branch from all who have them, checks them, and makes them active as far as they are valid and their chain is
 * heavier than ours, some thousand at a time.
 * @param late aborted with `TimeUp` when what is missing then is to be left
 * @throws the signal's reason
 */
export async function followBranch<B extends Block>(
  headers: HeaderBranch,
  sources: readonly BlockSource[],
  tools: FollowTools<B>,
  late: AbortSignal,
): Promise<Followed> {
  return new Following(headers, sources, tools, late).run()
}

export class TimeUp extends Error {}

/** Why nothing more of a branch is fetched. */
type End = Pick<Followed, 'ended' | 'invalid'>

class Following<B extends Block> {
  readonly #headers: HeaderBranch
  readonly #tools: FollowTools<B>
  readonly #scope: AbortScope
  readonly #download: BlockDownload
  readonly #end: number
  readonly #verdicts = new Map<Peer, PeerVerdict>()
  readonly #atFault: Peer[] = []
  /** Checked, and not active yet; undefined where our chain has changed below it. */
  #branch: Branch<B> | undefined
  #lastPeer = ''
  #adopted: Adopted | undefined

  constructor(headers: HeaderBranch, sources: readonly BlockSource[], tools: FollowTools<B>, late: AbortSignal) {
    this.#headers = headers
    this.#tools = tools
    this.#scope = new AbortScope([tools.signal, late])
    this.#end = Math.min(headers.end, Math.max(...sources.map(({ upTo }) => upTo)))
    this.#download = new BlockDownload(sources, {
      from: headers.fork.height + 1,
      end: this.#end,
      stallMs: tools.limits.stallMs,
      signal: this.#scope.signal,
    })
  }

  async run(): Promise<Followed> {
    try {
      this.#branch = await this.#stageAt(this.#headers.fork.height, this.#headers.fork.hash)
      const { ended, invalid } = await this.#fetchAndAdopt()
      return {
        failures: this.#download.failures,
        verdicts: this.#verdicts,
        atFault: this.#atFault,
        ended,
        ...(invalid && { invalid }),
        adopted: this.#adopted,
      }
    } finally {
      this.#download.close()
      this.#scope.release()
      await this.#branch?.discard()
    }
  }

  async #fetchAndAdopt(): Promise<End> {
    const end = await this.#fetch()
    // Also what came before a block that is refused: it was checked, and may be more than ours.
    const refused = await this.#adopt()
    return refused ?? end
  }

  async #fetch(): Promise<End> {
    const { fork } = this.#headers
    try {
      while (this.#branch !== undefined && this.#branch.height < this.#end) {
        const page = await this.#download.next()
        const refused = await this.#add(this.#branch, page)
        if (refused?.refusal?.fault === 'block') return { ended: 'whole', invalid: refused as Refused }
        if (refused !== undefined) this.#refuse(page, refused)
        const { height } = this.#branch
        this.#tools.onProgress({ blocks: height - fork.height, total: this.#end - fork.height })
        const end = height - this.#branch.fork.height < STEP_BLOCKS ? undefined : await this.#adoptAndGoOn()
        if (end !== undefined) return end
      }
      return { ended: this.#branch === undefined ? 'changed' : 'whole' }
    } catch (error) {
      if (error instanceof TimeUp) return { ended: 'late' }
      if (error instanceof SourceError) return { ended: 'nobody-left' }
      throw error
    }
  }

  /** Adds the blocks of a page, or those before the first that is refused, or is another than its header says. */
  async #add(
    branch: Branch<B>,
    { peer, from, printed }: Page,
  ): Promise<{ height: number; refusal?: Reject } | undefined> {
    const { rules } = this.#tools
    const blocks: B[] = []
    let other: { height: number; refusal?: Reject } | undefined
    for (const [i, text] of printed.entries()) {
      const height = from + i
      const block = rules.decodeBlock(text)
      if (isReject(block)) other = { height, refusal: block }
      else if (block.hash !== this.#headers.hashAt(height)) other = { height }
      else blocks.push(block)
      if (other !== undefined) break
    }
    this.#lastPeer = peer.address
    return (await branch.add(blocks)) ?? other
  }

  /** What a peer gave is asked of others. */
  #refuse(page: Page, { height, refusal }: { height: number; refusal?: Reject }): void {
    const { peer } = page
    this.#download.refuse(page, height, notTheBlock(height))
    if (refusal === undefined) return
    this.#verdicts.set(peer, invalid(peer.address, { height, refusal }))
    if (refusal.fault === 'sender') this.#atFault.push(peer)
  }

  async #adoptAndGoOn(): Promise<End | undefined> {
    const { chain } = this.#tools
    if (this.#branch!.weight <= chain.tip.weight) return undefined
    const { height, tip } = this.#branch!
    const end = await this.#adopt()
    if (end === undefined) this.#branch = await this.#stageAt(height, tip!.hash)
    return end
  }

  /** Makes what was checked active, if that is more than ours. @returns why it is not, though it is more */
  async #adopt(): Promise<End | undefined> {
    const branch = this.#branch
    if (branch === undefined || branch.weight <= this.#tools.chain.tip.weight) return undefined
    this.#branch = undefined
    const adopted = await this.#tools.adopt(branch, this.#lastPeer)
    if (adopted.refusal === undefined) {
      const { forkedAt = branch.fork.height, returned = 0 } = this.#adopted ?? {}
      const tip = { height: branch.height, hash: branch.tip!.hash }
      this.#adopted = { forkedAt, tip, returned: returned + adopted.returned }
      return undefined
    }
    if (typeof adopted.refusal === 'string') return { ended: 'changed' }
    return { ended: 'ledger', invalid: adopted.refusal }
  }

  /** Begins a branch behind a block; undefined where that is not in the active chain any more. */
  async #stageAt(height: number, hash: string): Promise<Branch<B> | undefined> {
    const { chain } = this.#tools
    if (height > chain.tip.height) return undefined
    const branch = await chain.stageAt(height)
    return branch.tip?.hash === hash ? branch : undefined
  }
}
