import { startActivity } from './spinner.js'
import type { Terminal } from './terminal.js'
import { counted, duration, grouped } from './text.js'

/** Long work of which it is known how much there is. */
export interface Progress {
  /** @param done blocks so far */
  update(done: number): void
  stop(): void
}

/** Shows blocks/s, percent and the time left. */
export function startProgress(terminal: Terminal, what: string, total: number): Progress {
  const start = performance.now()
  const activity = startActivity(terminal, what)
  return {
    update: (done) => {
      const seconds = (performance.now() - start) / 1000
      const rate = done / seconds
      const left = ((total - done) / rate) * 1000
      const percent = Math.floor((100 * done) / total)
      activity.update(`${what}: ${counted(done, 'block')}, ${percent} %, ${grouped(rate)}/s, ${duration(left)} left`)
    },
    stop: () => activity.stop(),
  }
}
