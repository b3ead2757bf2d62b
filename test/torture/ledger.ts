import { PAGE, type ServedNode } from './served-node.js'

/** What a node said it would keep, written down outside of it. */
export class Ledger {
  /** By recipient, each used once: whether the payment was acknowledged, or only asked for. */
  readonly #payments = new Map<string, boolean>()
  /** The hashes of blocks that this node mined, by their height. */
  readonly #blocks = new Map<number, string>()
  /** Whether a peer is registered; undefined while that is being changed. */
  readonly #peers = new Map<string, boolean | undefined>()
  /** The length that the chain had at least. */
  #length = 0
  readonly acknowledged = { payments: 0, blocks: 0, adoptions: 0, peers: 0 }

  async pay(recipient: string, ask: () => Promise<unknown>): Promise<void> {
    this.#payments.set(recipient, false)
    await ask()
    this.#payments.set(recipient, true)
    this.acknowledged.payments++
  }

  mined({ height, hash }: { height: number; hash: string }): void {
    this.#blocks.set(height, hash)
    this.#length = Math.max(this.#length, height)
    this.acknowledged.blocks++
  }

  resolved({ replaced, length }: { replaced: boolean; length: number }): void {
    this.#length = Math.max(this.#length, length)
    if (replaced) this.acknowledged.adoptions++
  }

  async register(address: string, wanted: boolean, ask: () => Promise<unknown>): Promise<void> {
    this.#peers.set(address, undefined)
    await ask()
    this.#peers.set(address, wanted)
    this.acknowledged.peers++
  }

  isRegistered(address: string): boolean | undefined {
    return this.#peers.get(address)
  }

  /**
   * Looks for everything in a node that was started again.
   * @param foreign tells of a hash whether it is of a block that another node made: it may have replaced one of ours
   * @throws Error that names what is missing
   */
  async check(node: ServedNode, foreign: (hash: string) => boolean): Promise<void> {
    // A page of the pending ones has no more: the rest goes into a block.
    if ((await node.status()).pending > PAGE) this.mined(await node.post('/api/mine'))
    const { pending, length } = await node.status()
    if (length < this.#length) throw new Error(`the chain has ${length} blocks, and had ${this.#length}`)
    const transactions = await node.pending()
    if (transactions.length !== pending) {
      throw new Error(`of ${pending} pending transactions ${transactions.length} were listed`)
    }
    const blocks = await node.blocks()
    if (blocks.length !== length) throw new Error(`of ${length} blocks ${blocks.length} were listed`)
    this.#checkPayments([...transactions, ...blocks.flatMap(({ block }) => block.transactions)])
    blocks.forEach(({ height, block }, i) => {
      const before = blocks[i - 1]
      if (height !== i + 1 || (before !== undefined && block.previous_hash !== before.hash)) {
        throw new Error(`block ${height} does not follow the one before it`)
      }
    })
    for (const [height, hash] of this.#blocks) {
      const there = blocks[height - 1]!.hash
      if (there === hash) continue
      if (!foreign(there)) throw new Error(`block ${height}, ${hash}, is missing, and nobody replaced it`)
      this.#blocks.delete(height)
    }
    const registered = new Set(await node.peers())
    for (const [address, wanted] of this.#peers) {
      if (wanted !== undefined && registered.has(address) !== wanted) {
        throw new Error(`the peer ${address} is ${wanted ? 'not ' : ''}registered`)
      }
    }
  }

  #checkPayments(found: readonly { recipient: string }[]): void {
    const times = new Map<string, number>()
    for (const { recipient } of found) times.set(recipient, (times.get(recipient) ?? 0) + 1)
    for (const [recipient, acknowledged] of this.#payments) {
      const count = times.get(recipient) ?? 0
      if (count > 1 || (acknowledged && count === 0)) {
        throw new Error(
          `the payment to ${recipient}, ${acknowledged ? '' : 'not '}acknowledged, is there ${count} times`,
        )
      }
    }
  }
}
