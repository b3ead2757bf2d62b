import { SourceError } from './source-error.js'

/** More would each have a smaller part of what our connection gives. */
export const PEERS_AT_ONCE = 4
/** In this share of the time everybody is asked once. */
const FIRST_TURNS = 2 / 3
/** A first turn has so long also when those before it took more than their share: what is under way does not end at once. */
const SHORTEST_TURN_MS = 1_000

/** Why a turn ended: others wait for theirs. */
export class GiveWay extends Error {}

export interface Turn {
  /** Aborted with `GiveWay`, with a `SourceError` when the time of all is up, or with the caller's reason. */
  readonly signal: AbortSignal
  /** How far the peer came, as far as it is known: of those who gave way the furthest have another turn first. */
  progress: number
}

export interface TurnOptions<T> {
  readonly atOnce: number
  /** For all of them together. */
  readonly totalMs: number
  /** What comes of a peer; rejects with the reason of the turn's signal when that is aborted. */
  readonly ask: (peer: string, turn: Turn) => Promise<T>
  /** What is said of a peer for which there was no time. */
  readonly late: (peer: string, message: string) => T
}

/**
 * Asks peers, some at a time, and is done with all of them in a given time, in which slow ones do not keep the others from being asked.
 * Each has a first turn of an equal share of most of that time; what one does not use falls to those who follow. Who is not done by then
 * gives way where others wait, and is asked once more when all have had a turn, for as long as there is time.
 */
export class Turns<T> {
  readonly #options: TurnOptions<T>
  readonly #fresh: string[]
  readonly #gaveWay: { readonly peer: string; readonly progress: number }[] = []
  readonly #outcomes = new Map<string, T>()
  readonly #underWay = new Set<AbortController>()
  #begin = 0
  #isOver = false

  constructor(peers: readonly string[], options: TurnOptions<T>) {
    this.#fresh = [...peers]
    this.#options = options
  }

  /**
   * To be called once.
   * @returns what came of the peers, in their order
   * @throws the signal's reason or what `ask` throws, when all that was under way has ended
   */
  async take(signal?: AbortSignal): Promise<T[]> {
    signal?.throwIfAborted()
    const { atOnce, totalMs } = this.#options
    const peers = [...this.#fresh]
    this.#begin = performance.now()
    const timeUp = new SourceError('too-slow', `no complete answer within the ${totalMs / 1000} s of a resolve`)
    const timer = setTimeout(() => this.#end(timeUp), totalMs)
    const forward = (): void => this.#end(signal!.reason)
    signal?.addEventListener('abort', forward, { once: true })
    // All of them, also when one fails: what is still under way could not be cleared away.
    const slots = await Promise.allSettled(Array.from({ length: atOnce }, () => this.#takeTurns()))
    clearTimeout(timer)
    signal?.removeEventListener('abort', forward)
    const failed = slots.find((slot) => slot.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return peers.map((peer) => this.#outcomes.get(peer) ?? this.#late(peer))
  }

  /** Has one peer after the other take its turn, until none is left. */
  async #takeTurns(): Promise<void> {
    const { atOnce, totalMs } = this.#options
    try {
      while (!this.#isOver) {
        const first = this.#fresh.shift()
        if (first !== undefined) {
          const left = this.#begin + FIRST_TURNS * totalMs - performance.now()
          const share = (left * atOnce) / (this.#fresh.length + atOnce)
          await this.#takeTurn(first, Math.max(share, SHORTEST_TURN_MS))
          continue
        }
        const furthest = this.#gaveWay.sort((a, b) => b.progress - a.progress).shift()
        if (furthest === undefined) return
        await this.#takeTurn(furthest.peer)
      }
    } catch (error) {
      this.#end(error)
      throw error
    }
  }

  /** @param shareMs after which it gives way to others; undefined for a second turn */
  async #takeTurn(peer: string, shareMs?: number): Promise<void> {
    const ended = new AbortController()
    const turn: Turn = { signal: ended.signal, progress: 0 }
    const giveWay = (): void => {
      const isOutdone = this.#gaveWay.some(({ progress }) => progress > turn.progress)
      if (this.#fresh.length > 0 || isOutdone) ended.abort(new GiveWay())
    }
    const timer = shareMs === undefined ? undefined : setTimeout(giveWay, shareMs)
    this.#underWay.add(ended)
    try {
      this.#outcomes.set(peer, await this.#options.ask(peer, turn))
    } catch (error) {
      if (!(error instanceof GiveWay)) throw error
      this.#gaveWay.push({ peer, progress: turn.progress })
    } finally {
      clearTimeout(timer)
      this.#underWay.delete(ended)
    }
  }

  #end(reason: unknown): void {
    this.#isOver = true
    for (const turn of this.#underWay) turn.abort(reason)
  }

  #late(peer: string): T {
    const { totalMs, late } = this.#options
    const rest = `took the rest of the ${totalMs / 1000} s of a resolve`
    const wasAsked = this.#gaveWay.some((each) => each.peer === peer)
    return late(
      peer,
      wasAsked ? `it was slow and gave way to others, who ${rest}` : `it was not asked: the others ${rest}`,
    )
  }
}
