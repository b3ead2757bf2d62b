import { setTimeout as delay } from 'node:timers/promises'

/** Who reads a store that is to be closed for a moment. */
export class Readers {
  #count = 0
  #onLast: (() => void) | undefined

  enter(): void {
    this.#count++
  }

  leave(): void {
    this.#count--
    if (this.#count === 0) this.#onLast?.()
  }

  /** Waits until nobody reads any more, and no longer than that. */
  async gone(withinMs: number): Promise<void> {
    if (this.#count === 0) return
    const timeout = new AbortController()
    const last = new Promise<void>((resolve) => {
      this.#onLast = resolve
    })
    await Promise.race([last, delay(withinMs, undefined, { signal: timeout.signal }).catch(() => {})])
    timeout.abort()
    this.#onLast = undefined
  }
}
