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
export async function startActivity(terminal: Terminal, text: string): Promise<Activity> {
  if (terminal.canAnimate) {
    // Loaded here: it takes longer than the rest of most commands.
    const { default: ora } = await import('ora')
    const spinner = ora({ text, stream: process.stderr, discardStdin: false, color: terminal.colours ? 'cyan' : false })
    spinner.start()
    return {
      update: (line) => {
        spinner.text = line
      },
      stop: () => spinner.stop(),
    }
  }
  let latest = text
  const timer = setInterval(() => terminal.note(latest), PLAIN_LINE_MS)
  return {
    update: (line) => {
      latest = line
    },
    stop: () => clearInterval(timer),
  }
}
