import { ApiError } from '../api/errors.js'
import { isReject } from '../consensus/reject.js'
import type { Block } from '../consensus/rules.js'
import { parsePeerAddress } from '../peers/address.js'
import { MAX_PEERS, type PeerBook } from '../peers/peer-book.js'
import type { ChainKeeper } from './chain-keeper.js'
import type { EventLog } from './event-log.js'

type Turns = Pick<ChainKeeper<Block>, 'exclusively'>

/** Registers peers and takes them off, one request after the other, and tells of it. */
export class PeerRegistry {
  /** Where the node itself is served, `host:port`: it does not take itself for a peer. */
  ownAddresses: readonly string[] = []
  readonly #book: PeerBook
  readonly #turns: Turns
  readonly #events: EventLog

  constructor(book: PeerBook, turns: Turns, events: EventLog) {
    this.#book = book
    this.#turns = turns
    this.#events = events
  }

  /** @returns all that are registered then. @throws ApiError */
  add(addresses: readonly string[]): Promise<string[]> {
    // Not even read: a body has room for a quarter of a million.
    if (addresses.length > MAX_PEERS) throw tooManyPeers()
    const parsed = addresses.map(peerAddress)
    // Of a list that all nodes are given each takes the others; one that is given itself alone was meant to be given another.
    const others = parsed.filter((address) => !this.ownAddresses.includes(address))
    if (others.length === 0 && parsed.length > 0) {
      throw new ApiError('bad-peer-address', `${parsed[0]} is this node itself`, {
        hint: 'register the addresses of other nodes',
      })
    }
    return this.#turns.exclusively(async () => {
      const known = new Set(this.#book.addresses)
      if (!(await this.#book.add(others))) throw tooManyPeers()
      for (const peer of others) {
        if (!known.has(peer)) this.#events.publish({ type: 'peer', peer, change: 'added' })
      }
      return [...this.#book.addresses]
    })
  }

  /** @returns all that are registered then. @throws ApiError */
  remove(address: string): Promise<string[]> {
    const peer = peerAddress(address)
    return this.#turns.exclusively(async () => {
      if (!(await this.#book.remove(peer))) {
        throw new ApiError('not-found', `${peer} is not registered`, { hint: 'chain peers list' })
      }
      this.#events.publish({ type: 'peer', peer, change: 'removed' })
      return [...this.#book.addresses]
    })
  }
}

function tooManyPeers(): ApiError {
  return new ApiError('too-many-peers', `a node keeps at most ${MAX_PEERS} peers`, {
    hint: 'chain peers remove HOST:PORT, for one that is not needed',
  })
}

function peerAddress(text: string): string {
  const parsed = parsePeerAddress(text)
  if (isReject(parsed)) throw new ApiError('bad-peer-address', parsed.message, { hint: parsed.hint })
  return parsed
}
