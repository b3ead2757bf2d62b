/** Watches how fast something arrives. Only that time counts in which it is waited for. */
export class Pace {
  readonly #bytesPerStep: number
  readonly #stepMs: number
  readonly #onSlow: () => void
  #bytes = 0
  #waitedMs = 0
  #since = 0
  #timer: NodeJS.Timeout | undefined

  /** @param onSlow called when less than `bytes` came in `ms` */
  constructor({ bytes, ms }: { bytes: number; ms: number }, onSlow: () => void) {
    this.#bytesPerStep = bytes
    this.#stepMs = ms
    this.#onSlow = onSlow
  }

  /** From now on it is waited for. */
  wait(): void {
    this.#since = performance.now()
    this.#timer = setTimeout(this.#onSlow, this.#stepMs - this.#waitedMs)
  }

  /** Something came, and nothing is waited for any more. */
  count(bytes: number): void {
    this.stop()
    this.#bytes += bytes
    this.#waitedMs += performance.now() - this.#since
    if (this.#bytes < this.#bytesPerStep) return
    this.#bytes = 0
    this.#waitedMs = 0
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
