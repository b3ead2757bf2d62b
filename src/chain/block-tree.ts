import { type Reject, reject } from '../consensus/reject.js'
import type { Block, Rules, TreeRules } from '../consensus/rules.js'
import { BlockChecker, type ChainTools } from './block-checker.js'
import type { Branch } from './branch.js'
import type { AdoptRefusal, Chain } from './chain.js'
import { Orphans } from './orphans.js'
import type { SideBlocks } from './side-blocks.js'

/** What became of a block that was offered. */
export type Offered =
  /** It is in the active chain now. */
  | { readonly outcome: 'active'; readonly height: number }
  /** It is valid, but for what the ledger would say, and its chain is not the heaviest. */
  | { readonly outcome: 'side'; readonly height: number }
  | { readonly outcome: 'known'; readonly height: number }
  /** It may be judged once its parent is there, or its time has come: see the refusal, which is nobody's fault. */
  | { readonly outcome: 'waiting'; readonly refusal: Reject }
  | { readonly outcome: 'refused'; readonly refusal: Reject }

/** How the tree has the active chain change; whoever makes the change has the pending transactions follow it. */
export interface ChainChanger<B extends Block> {
  append(block: B): Promise<Reject | undefined>
  adopt(branch: Branch<B>): Promise<AdoptRefusal | undefined>
}

/** So many hashes of invalid blocks are known again. */
const MAX_INVALID = 10_000
/** Blocks of a side chain that are read at once. */
const PAGE_BLOCKS = 64

/**
 * All blocks that a node knows, the active chain and those beside it, and the choice between them: the chain of the greatest weight that
 * the ledger takes is the active one. Blocks may come in any order. Callers see to it that one change is under way at a time.
 */
export class BlockTree<B extends Block> {
  readonly #chain: Chain<B>
  readonly #rules: Rules<B>
  readonly #tree: TreeRules<B>
  readonly #side: SideBlocks<B>
  readonly #tools: ChainTools
  readonly #changer: ChainChanger<B>
  readonly #orphans = new Orphans<B>()
  readonly #invalid = new Map<string, Reject>()

  private constructor(
    parts: { chain: Chain<B>; rules: Rules<B>; tree: TreeRules<B>; side: SideBlocks<B>; tools: ChainTools },
    changer: ChainChanger<B>,
  ) {
    this.#chain = parts.chain
    this.#rules = parts.rules
    this.#tree = parts.tree
    this.#side = parts.side
    this.#tools = parts.tools
    this.#changer = changer
  }

  /** @returns undefined where the rules have only the active chain kept */
  static of<B extends Block>(
    chain: Chain<B>,
    rules: Rules<B>,
    tools: ChainTools,
    changer: ChainChanger<B>,
  ): BlockTree<B> | undefined {
    const [tree, side] = [rules.tree, chain.sideBlocks]
    return tree && side && new BlockTree({ chain, rules, tree, side, tools }, changer)
  }

  /** When a block that came too early is due. */
  get nextDue(): number | undefined {
    return this.#orphans.nextDue
  }

  /** Why a block of this hash is known to be invalid. */
  invalidOf(hash: string): Reject | undefined {
    return this.#invalid.get(hash)
  }

  /** Judges a block, and with it those that waited for it. */
  async offer(block: B): Promise<Offered> {
    const offered = await this.#offerOne(block)
    await this.#offerWaiting(offered, block.hash)
    return offered
  }

  /** Judges the blocks whose time has come. */
  async offerDue(): Promise<void> {
    for (const block of this.#orphans.takeDue(this.#tools.now())) await this.offer(block)
  }

  /**
   * Has the heaviest chain be the active one. After each offer it is, but a process may end after a block was stored and before the chain
   * was switched.
   */
  async settle(): Promise<void> {
    for (;;) {
      const best = this.#side.heaviestAbove(this.#chain.tip.weight)
      if (best === undefined) return
      const path = this.#side.pathTo(best)
      const first = path[0]!
      const [fork] = await this.#chain.reader.heightsWith(first.parent, 1)
      if (fork === undefined) {
        // What it followed was dropped, to make room.
        await this.#side.forget(first.hash)
        continue
      }
      const refusal = await this.#adopt(await this.#chain.stageAt(fork), path)
      if (refusal === undefined) return
      if (typeof refusal === 'string') throw new Error(`a heavier chain is not taken: ${refusal}`)
      await this.condemn(path[refusal.height - first.height]!.hash, refusal.refusal)
    }
  }

  /** Makes the blocks active, or leaves nothing of the branch in the store. */
  async #adopt(branch: Branch<B>, path: readonly { hash: string }[]): Promise<AdoptRefusal | undefined> {
    let isActive = false
    try {
      for (let i = 0; i < path.length; i += PAGE_BLOCKS) {
        const blocks = await Promise.all(path.slice(i, i + PAGE_BLOCKS).map(({ hash }) => this.#side.read(hash)))
        await branch.addChecked(blocks as B[])
      }
      const refusal = await this.#changer.adopt(branch)
      isActive = refusal === undefined
      return refusal
    } finally {
      if (!isActive) await branch.discard()
    }
  }

  async #offerWaiting(offered: Offered, hash: string): Promise<void> {
    const ready = [{ offered, hash }]
    for (const { offered, hash } of ready) {
      if (offered.outcome === 'waiting') continue
      for (const child of this.#orphans.takeChildren(hash)) {
        ready.push({ offered: await this.#offerOne(child), hash: child.hash })
      }
    }
  }

  async #offerOne(block: B): Promise<Offered> {
    const { hash } = block
    const known = this.#invalid.get(hash)
    if (known !== undefined) return { outcome: 'refused', refusal: known }
    const [active] = await this.#chain.reader.heightsWith(hash, 1)
    const height = active ?? this.#side.get(hash)?.height
    if (height !== undefined) {
      // If it is one that a process stored and could not switch to.
      await this.settle()
      return { outcome: 'known', height }
    }
    const parentHash = this.#tree.parentOf(block)
    if (this.#invalid.has(parentHash)) {
      const refusal = reject('bad-prevblk', 'the block before is not valid', { got: parentHash, fault: 'block' })
      return this.#refused(hash, refusal)
    }
    // A first block has no parent that could be waited for.
    if (this.#tree.heightOf(block) === 1) {
      const refusal = this.#rules.checkBlock(block, undefined, { grandparent: undefined, now: this.#tools.now() })
      return { outcome: 'refused', refusal: refusal! }
    }
    const parent = await this.#find(parentHash)
    return parent === undefined ? this.#awaitParent(block, parentHash) : this.#offerNext(block, parent)
  }

  async #awaitParent(block: B, parent: string): Promise<Offered> {
    const refusal = this.#tree.checkAlone(block)
    if (refusal !== undefined) return this.#refused(block.hash, refusal)
    this.#orphans.add(block, { parent })
    const message = 'the block before is not known here'
    return {
      outcome: 'waiting',
      refusal: reject('prev-blk-not-found', message, {
        got: parent,
        fault: 'unsure',
        hint: 'offer the blocks before it: it is kept for a while',
      }),
    }
  }

  async #offerNext(block: B, parent: { block: B; weight: bigint }): Promise<Offered> {
    const grandparent = (await this.#find(this.#tree.parentOf(parent.block)))?.block
    const checker = new BlockChecker(this.#rules, this.#tools, { parent: parent.block, grandparent })
    const refused = await checker.firstRefused([block])
    if (refused !== undefined) {
      const { refusal } = refused
      if (refusal.code !== 'time-too-new') return this.#refused(block.hash, refusal)
      // As soon as the clock is as far as the block must not be ahead of it.
      const ahead = (this.#rules.timeOf(block) ?? 0) - Number(refusal.expected)
      this.#orphans.add(block, { due: Math.floor(this.#tools.now()) + ahead })
      return { outcome: 'waiting', refusal }
    }
    const height = this.#tree.heightOf(block)
    if (parent.block.hash === this.#chain.tip.block.hash) {
      const refusal = await this.#changer.append(block)
      return refusal === undefined ? { outcome: 'active', height } : this.#refused(block.hash, refusal)
    }
    const weight = parent.weight + this.#rules.weightOf(block)
    await this.#side.keep(this.#tree, block, weight)
    await this.settle()
    const refusal = this.#invalid.get(block.hash)
    if (refusal !== undefined) return { outcome: 'refused', refusal }
    const [active] = await this.#chain.reader.heightsWith(block.hash, 1)
    return { outcome: active === undefined ? 'side' : 'active', height }
  }

  /** A block of the active chain or beside it, and the weight of the chain up to it. */
  async #find(hash: string): Promise<{ block: B; weight: bigint } | undefined> {
    const side = this.#side.get(hash)
    if (side !== undefined) return { block: (await this.#side.read(hash))!, weight: side.weight }
    const { tip, reader } = this.#chain
    if (hash === tip.block.hash) return tip
    const [height] = await reader.heightsWith(hash, 1)
    if (height === undefined) return undefined
    const [placed, record] = await Promise.all([reader.blockAt(height), reader.activeAt(height)])
    return { block: placed!.block, weight: record!.inTree!.weight }
  }

  #refused(hash: string, refusal: Reject): Offered {
    if (refusal.fault === 'block') this.#remember(hash, refusal)
    return { outcome: 'refused', refusal }
  }

  /** A block can never be valid, by itself or to the ledger: neither it nor what follows it can ever be active. */
  async condemn(hash: string, refusal: Reject): Promise<void> {
    const after = reject('bad-prevblk', 'the block before is not valid', { got: hash, fault: 'block' })
    for (const each of await this.#side.forget(hash)) this.#remember(each, each === hash ? refusal : after)
  }

  #remember(hash: string, refusal: Reject): void {
    this.#invalid.set(hash, refusal)
    for (const oldest of this.#invalid.keys()) {
      if (this.#invalid.size <= MAX_INVALID) break
      this.#invalid.delete(oldest)
    }
  }
}
