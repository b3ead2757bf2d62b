/**
 * When a call ends before its answer: as the caller or the client wills, or when time is up.
 *
 * Its own controller and timer, not `AbortSignal.any` with `AbortSignal.timeout`: that holds its sources weakly, and in
 * Node 20 the collector takes the timeout with it, so that the call waits for ever.
 */
export class CallLimit {
  readonly #controller = new AbortController()
  readonly #sources: readonly AbortSignal[]
  readonly #forward = (event: Event): void => this.#controller.abort((event.target as AbortSignal).reason)
  #timer: NodeJS.Timeout | undefined

  constructor(sources: readonly AbortSignal[]) {
    this.#sources = sources
    for (const source of sources) {
      if (source.aborted) this.#controller.abort(source.reason)
      source.addEventListener('abort', this.#forward, { once: true })
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Has the call end after this time, from now on, for this reason. */
  endIn(ms: number, reason: Error): void {
    this.stopClock()
    this.#timer = setTimeout(() => this.#controller.abort(reason), ms)
  }

  stopClock(): void {
    clearTimeout(this.#timer)
  }

  /** Lets go of the clock and the sources; to be called when the call is over. */
  release(): void {
    this.stopClock()
    for (const source of this.#sources) source.removeEventListener('abort', this.#forward)
  }
}
