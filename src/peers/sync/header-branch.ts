import { HashList } from './hash-list.js'
import type { RoomTaker } from './header-room.js'

/** A block of the active chain. */
export interface Place {
  readonly height: number
  readonly hash: string
}

/** Headers that leave the active chain at a block of it, and whose work was checked. */
export class HeaderBranch implements RoomTaker {
  /** The last block that it shares with the active chain. */
  readonly fork: Place
  readonly #forkWeight: bigint
  #hashes = new HashList()
  #work = 0n
  #isDropped = false

  /** @param forkWeight of the active chain up to the fork */
  constructor(fork: Place, forkWeight: bigint) {
    this.fork = fork
    this.#forkWeight = forkWeight
  }

  /** Of the whole chain up to its end. */
  get weight(): bigint {
    return this.#forkWeight + this.#work
  }

  get bytes(): number {
    return this.#hashes.byteLength
  }

  /** Whether others needed the room. */
  get isDropped(): boolean {
    return this.#isDropped
  }

  /** Blocks behind the fork. */
  get count(): number {
    return this.#hashes.length
  }

  /** The height of its last block. */
  get end(): number {
    return this.fork.height + this.count
  }

  hashAt(height: number): string | undefined {
    return this.#hashes.at(height - this.fork.height - 1)
  }

  /** @param work of all headers behind the fork */
  add(hash: string, work: bigint): void {
    this.#hashes.push(hash)
    this.#work = work
  }

  /** Leaves the blocks up to a height: what comes behind is not valid. The weight is no more than an upper bound then. */
  cutTo(height: number): void {
    this.#hashes.truncate(height - this.fork.height)
  }

  drop(): void {
    this.#isDropped = true
    this.#hashes = new HashList()
    this.#work = 0n
  }

  /** How many blocks behind the fork it shares with another. Each hash names all that came before, so that the last shared one can be looked for. */
  sharedWith(other: HeaderBranch): number {
    if (other === this) return this.count
    // They leave the active chain at different blocks.
    if (other.fork.hash !== this.fork.hash) return 0
    let [shared, unshared] = [0, Math.min(this.count, other.count) + 1]
    while (unshared - shared > 1) {
      const middle = Math.floor((shared + unshared) / 2)
      const height = this.fork.height + middle
      if (this.hashAt(height) === other.hashAt(height)) shared = middle
      else unshared = middle
    }
    return shared
  }
}
