import type { Ora } from 'ora'
import type { Terminal } from './terminal.js'

/** What is going on, on one line of stderr. */
export interface Activity {
  update(text: string): void
  /** Leaves nothing of it. */
  stop(): void
}

/** Where a line cannot be redrawn, one is printed so often. */
const PLAIN_LINE_MS = 10_000

/** Shows that something takes its time: a spinner on a terminal, a plain line every ten seconds elsewhere. */
export function startActivity(terminal: Terminal, text: string): Activity {
  return terminal.canAnimate ? new Spinner(text, terminal.colours) : startPlainActivity(terminal, text)
}

/** The plain lines alone, for where others are written meanwhile. */
export function startPlainActivity(terminal: Terminal, text: string): Activity {
  let latest = text
  const timer = setInterval(() => terminal.note(latest), PLAIN_LINE_MS)
  return {
    update: (line) => {
      latest = line
    },
    stop: () => clearInterval(timer),
  }
}

/** Its library is loaded while what it tells of is under way already: that takes longer than the rest of most commands. */
class Spinner implements Activity {
  #text: string
  #shown: Ora | undefined
  #isOver = false

  constructor(text: string, colours: boolean) {
    this.#text = text
    // What it tells of goes on without it.
    this.#show(colours).catch(() => {})
  }

  update(text: string): void {
    this.#text = text
    if (this.#shown !== undefined) this.#shown.text = text
  }

  stop(): void {
    this.#isOver = true
    this.#shown?.stop()
  }

  async #show(colours: boolean): Promise<void> {
    const { default: ora } = await import('ora')
    if (this.#isOver) return
    const color = colours ? 'cyan' : false
    this.#shown = ora({ text: this.#text, stream: process.stderr, discardStdin: false, color }).start()
  }
}
