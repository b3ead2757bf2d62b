/**
 * What one piece of work may be ended by: whoever does it, a clock, and the signals of others until it is released.
 *
 * Its own controller and timer, not `AbortSignal.any` with `AbortSignal.timeout`: in Node 20 the collector takes the timeout, so that the
 * work goes on for ever, and something of each piece of work stays on a signal that outlives it.
 */
export class AbortScope {
  readonly #controller = new AbortController()
  readonly #sources: readonly AbortSignal[]
  readonly #forward = (event: Event): void => this.abort((event.target as AbortSignal).reason)
  #timer: NodeJS.Timeout | undefined

  constructor(sources: readonly (AbortSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined)
    for (const source of this.#sources) {
      if (source.aborted) this.abort(source.reason)
      source.addEventListener('abort', this.#forward, { once: true })
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  /** Has it end after this time, from now on, for this reason. */
  abortIn(ms: number, reason: Error): void {
    this.stopClock()
    this.#timer = setTimeout(() => this.abort(reason), ms)
  }

  stopClock(): void {
    clearTimeout(this.#timer)
  }

  /** Lets go of the clock and the sources; to be called when the work is over. */
  release(): void {
    this.stopClock()
    for (const source of this.#sources) source.removeEventListener('abort', this.#forward)
  }
}
