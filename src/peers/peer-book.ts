import type { Peer, PeerVerdict } from '../api/schemas.js'
import { PEER_RANGE, peerKey } from '../chain/layout.js'
import type { ChainStore } from '../chain/store.js'
import { textOf } from '../primitives/bytes.js'
import type { UnixSeconds } from '../primitives/time.js'

export const MAX_PEERS = 64
/** So long nothing is asked of a peer that gave what can never be valid. */
const BAN_SECONDS = 3_600

/** The registered peers, `host:port`, in the store. */
export class PeerBook {
  readonly #store: ChainStore
  #addresses: readonly string[]
  /** Since the node was started. */
  readonly #lastAnswers = new Map<string, NonNullable<Peer['lastAnswer']>>()

  /** In memory: a restart lifts them. */
  readonly #bans = new Map<string, { readonly until: UnixSeconds; readonly why: string }>()

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

  get peers(): Peer[] {
    return this.#addresses.map((address) => ({ address, lastAnswer: this.#lastAnswers.get(address) ?? null }))
  }

  /** Remembers what came of asking a peer. */
  noteAnswer({ peer, ...answer }: PeerVerdict, at: UnixSeconds): void {
    if (this.#addresses.includes(peer)) this.#lastAnswers.set(peer, { ...answer, at })
  }

  /** Asks nothing of a peer for a while. Who removes and adds it again lifts that. */
  ban(address: string, why: string, now: UnixSeconds): void {
    // It may have been removed while it was asked.
    if (this.#addresses.includes(address)) this.#bans.set(address, { until: now + BAN_SECONDS, why })
  }

  /** Why nothing is asked of a peer, and for how many seconds. */
  banOf(address: string, now: UnixSeconds): { readonly seconds: number; readonly why: string } | undefined {
    const ban = this.#bans.get(address)
    return ban === undefined || ban.until <= now ? undefined : { seconds: ban.until - now, why: ban.why }
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
    this.#lastAnswers.delete(address)
    this.#bans.delete(address)
    return true
  }
}
