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
  const text = new ProgressText(what)
  const activity = startActivity(terminal, what)
  return { update: (done) => activity.update(text.describe(done, total)), stop: () => activity.stop() }
}

/** Describes how far long work is. */
export class ProgressText {
  readonly #what: string
  readonly #start = performance.now()
  readonly #doneBefore: number

  /** @param doneBefore what was done by others, or before anybody looked */
  constructor(what: string, doneBefore = 0) {
    this.#what = what
    this.#doneBefore = doneBefore
  }

  /** `checking: 1,200 blocks, 12 %, 3,100/s, 3 s left` */
  describe(done: number, total: number): string {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
    const text = `${this.#what}: ${counted(done, 'block')}, ${percent} %`
    const rate = ((done - this.#doneBefore) / (performance.now() - this.#start)) * 1000
    if (!(rate > 0)) return text
    return `${text}, ${grouped(rate)}/s, ${duration(((total - done) / rate) * 1000)} left`
  }
}
