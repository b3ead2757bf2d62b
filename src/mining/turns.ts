import pLimit from 'p-limit'

/** Does one piece of work after the other, in the order in which they were asked for. */
export class Turns {
  readonly #oneAtATime = pLimit(1)

  /**
   * Does work when it is its turn.
   * @throws the signal's reason as soon as it is aborted while the work waits; once it is under way, it is the work that heeds the signal
   */
  take<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', giveUp)
      const doInTurn = async (): Promise<T> => {
        signal?.removeEventListener('abort', giveUp)
        signal?.throwIfAborted()
        return work()
      }
      this.#oneAtATime(doInTurn).then(resolve, reject)
    })
  }
}
