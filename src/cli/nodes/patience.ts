import { setTimeout as delay } from 'node:timers/promises'
import { StoreLocked } from '../../primitives/errors.js'
import type { Runner } from '../../storage/home.js'

const POLL_MS = 50
/** Who waits for longer is told what for. */
export const NOTICEABLE_MS = 2_000
/**
 * So long may one process hold a home, and neither end nor serve it. It takes a second to begin to serve, and a server may take five to
 * finish its answers; but a machine that does ten other things makes it many times that, and who gives up there fails for nothing.
 * Only one that is stopped is waited for in vain.
 */
const HOLD_MS = 20_000

export interface PatienceOptions {
  /** Of the node that is waited for. */
  readonly name: string
  readonly note: (text: string) => void
  readonly signal?: AbortSignal | undefined
  readonly holdMs?: number
}

/** Waits for a home as long as those who hold it come and go. */
export class Patience {
  readonly #options: PatienceOptions
  readonly #begin = performance.now()
  #noted = false
  #holder: Runner | undefined
  #heldSince = this.#begin

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /**
   * Waits a moment for whoever holds the home now.
   * @throws StoreLocked when it has been the same one for too long; the signal's reason
   */
  async wait(holder: Runner | undefined): Promise<void> {
    const { name, note, signal, holdMs = HOLD_MS } = this.#options
    signal?.throwIfAborted()
    const now = performance.now()
    if (holder?.pid !== this.#holder?.pid) this.#heldSince = now
    this.#holder = holder
    const who = holder === undefined ? 'another process' : nameOf(holder)
    if (now - this.#heldSince >= holdMs) throw new StoreLocked(`the node ${name} is held by ${who}`)
    if (!this.#noted && now - this.#begin >= NOTICEABLE_MS) {
      this.#noted = true
      note(`${who} holds the node ${name}: waiting for it`)
    }
    await delay(POLL_MS)
  }
}

/** A process as people know it: `chain mine` (process 123). */
export function nameOf({ command, pid }: Runner): string {
  return `\`chain ${command}\` (process ${pid})`
}
