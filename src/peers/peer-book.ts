import { PEER_RANGE, peerKey } from '../chain/layout.js'
import type { ChainStore } from '../chain/store.js'
import { textOf } from '../primitives/bytes.js'

export const MAX_PEERS = 64

/** The registered peers, `host:port`, in the store. */
export class PeerBook {
  readonly #store: ChainStore
  #addresses: readonly string[]

  private constructor(store: ChainStore, addresses: readonly string[]) {
    this.#store = store
    this.#addresses = addresses
  }

  static async open(store: ChainStore): Promise<PeerBook> {
    const addresses: string[] = []
    for await (const page of store.entries(PEER_RANGE)) {
      for (const [key] of page) addresses.push(textOf(key.subarray(1)))
    }
    return new PeerBook(store, addresses)
  }

  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** @returns false when there is no room for all of them; then none is added */
  async add(addresses: readonly string[]): Promise<boolean> {
    const added = [...new Set(addresses)].filter((address) => !this.#addresses.includes(address))
    if (this.#addresses.length + added.length > MAX_PEERS) return false
    await this.#store.write(
      added.map((address) => ({ key: peerKey(address), value: new Uint8Array(0) })),
      { sync: true },
    )
    this.#addresses = [...this.#addresses, ...added].sort()
    return true
  }

  /** @returns false when it is not registered */
  async remove(address: string): Promise<boolean> {
    if (!this.#addresses.includes(address)) return false
    await this.#store.write([{ key: peerKey(address) }], { sync: true })
    this.#addresses = this.#addresses.filter((other) => other !== address)
    return true
  }
}
