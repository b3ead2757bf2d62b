import pLimit from 'p-limit'

interface Turn<T> {
  /** How many wait for what comes of it. */
  askers: number
  hasBegun: boolean
  readonly stop: AbortController
  readonly outcome: Promise<T>
}

/**
 * Does one piece of work at a time, for however many ask for it. All who ask while one turn is under way share the next turn. They do not
 * share the one under way: it may have begun with something older than their question, such as the list of peers. So there are never more
 * than two turns, the one under way and the next.
 */
export class SharedTurns<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>
  readonly #oneAtATime = pLimit(1)
  #next: Turn<T> | undefined

  /** @param work is aborted when nobody waits for it any more */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work
  }

  /** @throws the signal's reason: at once, unless there is work to be ended for it */
  ask(signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason)
    this.#next ??= this.#queue()
    const turn = this.#next
    turn.askers++
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        turn.askers--
        if (turn.askers > 0 || !turn.hasBegun) reject(signal.reason)
        if (turn.askers === 0) this.#giveUp(turn, signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      turn.outcome.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
    })
  }

  /** Does something else when its turn comes, so that neither disturbs the other. */
  alone<R>(work: () => Promise<R>): Promise<R> {
    return this.#oneAtATime(work)
  }

  /** Waits for the turns that were asked for so far. */
  async settled(): Promise<void> {
    await this.#oneAtATime(() => {})
  }

  #queue(): Turn<T> {
    const stop = new AbortController()
    const begin = (): Promise<T> => {
      turn.hasBegun = true
      if (this.#next === turn) this.#next = undefined
      stop.signal.throwIfAborted()
      return this.#work(stop.signal)
    }
    const turn: Turn<T> = { askers: 0, hasBegun: false, stop, outcome: this.#oneAtATime(begin) }
    return turn
  }

  #giveUp(turn: Turn<T>, reason: unknown): void {
    turn.stop.abort(reason)
    if (this.#next === turn) this.#next = undefined
  }
}
