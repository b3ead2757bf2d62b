import type fc from 'fast-check'

/** Whether what came in was taken for what it is offered as. */
export type Outcome = 'accepted' | 'refused'

/** A part of the program that reads what strangers send, and what they may send. */
export interface Target<Input> {
  readonly name: string
  readonly inputs: fc.Arbitrary<Input>
  /** What an input is, in one line of ASCII, whole where it is not large. */
  label(input: Input): string
  bytesOf(input: Input): number
  open(): Promise<Reader<Input>>
}

export interface Reader<Input> {
  /**
   * Has an input read, and looks at what came of it.
   * @param stopwatch is to run while our code does
   * @throws Error where a rule is broken
   */
  judge(input: Input, stopwatch: Stopwatch): Outcome | Promise<Outcome>
  close(): Promise<void>
}

/**
 * Measures the longest piece of work of several: for so long nobody else was answered. In time of the processor where that
 * is less, because other processes may be in the way.
 */
export class Stopwatch {
  #ms = 0

  get ms(): number {
    return this.#ms
  }

  time<T>(work: () => T): T {
    const stop = this.#start()
    try {
      return work()
    } finally {
      stop()
    }
  }

  async timeAsync<T>(work: () => Promise<T>): Promise<T> {
    const stop = this.#start()
    try {
      return await work()
    } finally {
      stop()
    }
  }

  #start(): () => void {
    const [start, usage] = [performance.now(), process.cpuUsage()]
    return () => {
      const { user, system } = process.cpuUsage(usage)
      this.#ms = Math.max(this.#ms, Math.min(performance.now() - start, (user + system) / 1000))
    }
  }
}

/** A reader that keeps nothing between two inputs. */
export function stateless<Input>(judge: Reader<Input>['judge']): Promise<Reader<Input>> {
  return Promise.resolve({ judge, close: () => Promise.resolve() })
}

/** A text, or bytes, in one line of ASCII. */
export function legible(text: string | Uint8Array): string {
  const characters = typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
  return JSON.stringify(characters).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** @throws Error that names the broken rule */
export function demand(kept: boolean, rule: string): asserts kept {
  if (!kept) throw new Error(`broken: ${rule}`)
}
