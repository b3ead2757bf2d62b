import type { AnsweredRequest } from './nodes/serve-home.js'
import type { Terminal } from './terminal.js'
import { duration } from './text.js'

const MAX_PATH = 200

/**
 * The lines that a served node writes of its answers. Those of one turn of the event loop are written together: a line of its own for each
 * took a fifth of the time that a node under load has.
 */
export class AnswerLog {
  readonly #terminal: Terminal
  #lines: string[] = []
  #second = Number.NaN
  #clock = ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  note({ method, path, status, elapsedMs }: AnsweredRequest): void {
    if (this.#lines.length === 0) setImmediate(() => this.#write())
    this.#lines.push(`${this.#time()} ${method} ${path.slice(0, MAX_PATH)} ${status} ${duration(elapsedMs)}`)
  }

  /** The time of day at this place, `17:40:05`, made once a second. */
  #time(): string {
    const now = Date.now()
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#clock = new Date(now).toLocaleTimeString('sv-SE')
    }
    return this.#clock
  }

  #write(): void {
    const lines = this.#lines
    this.#lines = []
    this.#terminal.note(lines)
  }
}
