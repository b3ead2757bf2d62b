import { stripVTControlCharacters } from 'node:util'
import { type IPty, spawn } from '@lydell/node-pty'
import { onTestFinished } from 'vitest'
import { BIN, type Environment, type Machine, waitUntil } from './cli.js'

export interface ScreenOptions {
  readonly columns?: number
  readonly rows?: number
  readonly environment?: Environment
}

/** A pseudo-terminal with a program on it, which takes it for a person's. */
export class Screen {
  /** The program's exit code. */
  readonly ended: Promise<number>
  readonly #pty: IPty
  readonly #lookers = new Set<() => void>()
  #bytes = ''
  #read = 0

  private constructor(
    machine: Machine,
    file: string,
    args: string[],
    { columns = 100, rows = 40, environment }: ScreenOptions,
  ) {
    const all = { ...machine.environment, CHAIN: BIN, NODE: process.execPath, ...environment }
    const defined = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const env = Object.fromEntries(defined)
    this.#pty = spawn(file, args, { name: env.TERM, cols: columns, rows, env })
    this.#pty.onData((text) => {
      this.#bytes += text
      for (const look of this.#lookers) look()
    })
    let over = false
    this.ended = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode, signal }) => {
        over = true
        resolve(signal ? 128 + signal : exitCode)
      }),
    )
    onTestFinished(async () => {
      if (!over) this.#pty.kill('SIGKILL')
      await this.ended
    })
  }

  /** Runs a command of the program. */
  static run(machine: Machine, args: string[], options: ScreenOptions = {}): Screen {
    return new Screen(machine, process.execPath, [BIN, ...args], options)
  }

  /** Runs a line of shell in which `chain` is the program: for results that go elsewhere than to the terminal. */
  static shell(machine: Machine, line: string, options: ScreenOptions = {}): Screen {
    return new Screen(machine, 'sh', ['-c', `chain() { "$NODE" "$CHAIN" "$@"; }; ${line}`], options)
  }

  get pid(): number {
    return this.#pty.pid
  }

  /** Everything that was written, with its escape sequences. */
  get bytes(): string {
    return this.#bytes
  }

  /** The same as text. */
  get text(): string {
    return stripVTControlCharacters(this.#bytes).replaceAll('\r', '')
  }

  waitFor(pattern: RegExp): Promise<void> {
    return this.#waitUntil(() => pattern.test(this.text), pattern)
  }

  /** Waits for what comes behind that which was waited for with this before. @returns what was found */
  async next(pattern: RegExp): Promise<RegExpExecArray> {
    const find = () => pattern.exec(this.text.slice(this.#read))
    await this.#waitUntil(() => find() !== null, pattern)
    const found = find()!
    this.#read += found.index + found[0].length
    return found
  }

  type(keys: string): void {
    this.#pty.write(keys)
  }

  #waitUntil(holds: () => boolean, pattern: RegExp): Promise<void> {
    const complain = () => `no ${pattern} on the screen, but ${JSON.stringify(this.#bytes)}`
    return waitUntil(holds, (look) => this.#lookers.add(look), this.ended, complain)
  }
}

export const KEY = { enter: '\r', down: '\x1b[B', up: '\x1b[A', interrupt: '\x03', endOfInput: '\x04' } as const
