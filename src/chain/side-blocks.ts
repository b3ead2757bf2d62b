import type { Block, Rules, TreeRules } from '../consensus/rules.js'
import { bytesOfHex, concatBytes, hexOf } from '../primitives/bytes.js'
import { StoreUnwritable } from '../primitives/errors.js'
import { hashOfSideKey, readU32, SIDE_RANGE, sideBlockKey, sideKey, u32 } from './layout.js'
import type { ChainStore, StoreChange } from './store.js'

/** A valid block that is not in the active chain, but for its contents. */
export interface SideBlock {
  readonly hash: string
  readonly parent: string
  readonly height: number
  /** Of the whole chain up to it. */
  readonly weight: bigint
  /** Of the encoded block. */
  readonly bytes: number
  /** Those that came first have the lower numbers; those that were active once, 0. */
  readonly sequence: number
}

/** All of them together; those of the chains with the least work go first. */
const MAX_BYTES = 64 * 1024 * 1024
/** To which part of it they are brought down: to look which go takes longer than to let a hundred go. */
const TRIMMED_PART = 0.9
/** What a block takes beside its own bytes, in the store and in memory. */
const OVERHEAD_BYTES = 500

/**
 * The blocks beside the active chain that may come to be in it: what they are is in memory, their contents are in the store. None of them
 * has been held against the ledger.
 */
export class SideBlocks<B extends Block> {
  readonly #store: ChainStore
  readonly #rules: Rules<B>
  readonly #maxBytes: number
  readonly #blocks = new Map<string, SideBlock>()
  #bytes = 0
  #nextSequence = 1

  private constructor(store: ChainStore, rules: Rules<B>, maxBytes: number) {
    this.#store = store
    this.#rules = rules
    this.#maxBytes = maxBytes
  }

  static async open<B extends Block>(store: ChainStore, rules: Rules<B>, maxBytes = MAX_BYTES): Promise<SideBlocks<B>> {
    const opened = new SideBlocks(store, rules, maxBytes)
    for await (const page of store.entries(SIDE_RANGE)) {
      for (const [key, value] of page) opened.#add(decodeSideBlock(hexOf(hashOfSideKey(key)), value))
    }
    return opened
  }

  get(hash: string): SideBlock | undefined {
    return this.#blocks.get(hash)
  }

  get size(): number {
    return this.#blocks.size
  }

  async read(hash: string): Promise<B | undefined> {
    const encoded = await this.#store.get(sideBlockKey(bytesOfHex(hash)))
    return encoded === undefined ? undefined : this.#rules.readBlock(encoded)
  }

  /** Keeps a block that was checked. It is in the store when this resolves. */
  async keep(tree: TreeRules<B>, block: B, weight: bigint): Promise<void> {
    const side = sideBlockOf(tree, block, { weight, sequence: this.#nextSequence })
    await this.#store.write(sideChanges(side, block.encoded), { sync: true })
    this.#add(side)
    await this.#trim()
  }

  /** Follows a switch of the active chain, which the store has made already. */
  async follow({ abandoned, connected }: { abandoned: readonly SideBlock[]; connected: readonly string[] }) {
    for (const hash of connected) this.#remove(hash)
    for (const side of abandoned) this.#add(side)
    await this.#trim()
  }

  /** The block that ends the chain of the greatest weight, of equal ones the first, if that is more than `weight`. */
  heaviestAbove(weight: bigint): SideBlock | undefined {
    let best: SideBlock | undefined
    for (const side of this.#blocks.values()) {
      if (side.weight <= weight) continue
      const isHeavier = best === undefined || side.weight > best.weight
      if (isHeavier || (side.weight === best!.weight && side.sequence < best!.sequence)) best = side
    }
    return best
  }

  /** The blocks up to this one whose parents are not in the active chain, in their order. */
  pathTo(side: SideBlock): SideBlock[] {
    const path: SideBlock[] = []
    for (let at: SideBlock | undefined = side; at !== undefined; at = this.#blocks.get(at.parent)) path.push(at)
    return path.reverse()
  }

  /** Forgets a block and all that follow it. @returns their hashes */
  async forget(hash: string): Promise<string[]> {
    const children = new Map<string, string[]>()
    for (const side of this.#blocks.values()) {
      const siblings = children.get(side.parent)
      if (siblings === undefined) children.set(side.parent, [side.hash])
      else siblings.push(side.hash)
    }
    const gone = [hash]
    for (const each of gone) gone.push(...(children.get(each) ?? []))
    await this.#drop(gone)
    return gone
  }

  /** Drops chains until there is room, those with the least work first and of each chain the last block first. */
  async #trim(): Promise<void> {
    if (this.#bytes <= this.#maxBytes) return
    const fromHeaviest = [...this.#blocks.values()].sort((a, b) => compare(b.weight, a.weight))
    const best = new Map<string, bigint>()
    for (const { hash, parent, weight } of fromHeaviest) {
      const ofChain = best.get(hash) ?? weight
      best.set(hash, ofChain)
      if ((best.get(parent) ?? 0n) < ofChain) best.set(parent, ofChain)
    }
    // What came first stays longer than what came after it with as much work.
    const order = fromHeaviest.sort(
      (a, b) => compare(best.get(a.hash)!, best.get(b.hash)!) || compare(b.weight, a.weight) || b.sequence - a.sequence,
    )
    const gone: string[] = []
    let bytes = this.#bytes
    for (const side of order) {
      if (bytes <= TRIMMED_PART * this.#maxBytes) break
      bytes -= side.bytes + OVERHEAD_BYTES
      gone.push(side.hash)
    }
    try {
      await this.#drop(gone)
    } catch (error) {
      // They are still known, and whatever comes next has them go: what this one was about is done.
      if (!(error instanceof StoreUnwritable)) throw error
    }
  }

  async #drop(hashes: readonly string[]): Promise<void> {
    await this.#store.write(hashes.flatMap(sideRemovals), { sync: false })
    for (const hash of hashes) this.#remove(hash)
  }

  #add(side: SideBlock): void {
    this.#remove(side.hash)
    this.#blocks.set(side.hash, side)
    this.#bytes += side.bytes + OVERHEAD_BYTES
    this.#nextSequence = Math.max(this.#nextSequence, side.sequence + 1)
  }

  #remove(hash: string): void {
    const side = this.#blocks.get(hash)
    if (side === undefined) return
    this.#blocks.delete(hash)
    this.#bytes -= side.bytes + OVERHEAD_BYTES
  }
}

export function sideBlockOf<B extends Block>(
  tree: TreeRules<B>,
  block: B,
  { weight, sequence }: { weight: bigint; sequence: number },
): SideBlock {
  const { hash, encoded } = block
  return { hash, parent: tree.parentOf(block), height: tree.heightOf(block), weight, bytes: encoded.length, sequence }
}

/** What keeps a block that is not in the active chain. */
export function sideChanges(side: SideBlock, encoded: Uint8Array): StoreChange[] {
  const hash = bytesOfHex(side.hash)
  return [
    { key: sideKey(hash), value: encodeSideBlock(side) },
    { key: sideBlockKey(hash), value: encoded },
  ]
}

export function sideRemovals(hash: string): StoreChange[] {
  const bytes = bytesOfHex(hash)
  return [{ key: sideKey(bytes) }, { key: sideBlockKey(bytes) }]
}

const SEQUENCE_UNIT = 2 ** 32

function encodeSideBlock({ sequence, height, bytes, weight, parent }: SideBlock): Uint8Array {
  return concatBytes([
    u32(Math.floor(sequence / SEQUENCE_UNIT)),
    u32(sequence % SEQUENCE_UNIT),
    u32(height),
    u32(bytes),
    bytesOfHex(parent),
    bytesOfHex(weight.toString(16).padStart(64, '0')),
  ])
}

function decodeSideBlock(hash: string, value: Uint8Array): SideBlock {
  return {
    hash,
    sequence: readU32(value, 0) * SEQUENCE_UNIT + readU32(value, 4),
    height: readU32(value, 8),
    bytes: readU32(value, 12),
    parent: hexOf(value.subarray(16, 48)),
    weight: BigInt(`0x${hexOf(value.subarray(48))}`),
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
