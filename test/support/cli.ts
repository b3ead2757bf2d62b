import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { freePort } from './free-port.js'
import { temporaryFolder } from './test-node.js'

/** The command line as people run it: `bin/chain.js` in a process of its own, on a machine that never saw it. */

export const BIN = fileURLToPath(new URL('../../bin/chain.js', import.meta.url))

// A test runs up to a dozen commands, each in well under a second; on a machine that does ten other things they take their time.
vi.setConfig({ testTimeout: 120_000 })
const PATIENCE_MS = 60_000

export interface Outcome {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A machine with nothing on it: a data folder and an environment of its own. */
export class Machine {
  readonly data: string
  readonly environment: Environment

  private constructor(folder: string) {
    this.data = join(folder, 'data')
    this.environment = {
      PATH: process.env.PATH,
      HOME: join(folder, 'home'),
      CHAIN_DATA: this.data,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    }
  }

  /** It is gone after the test. */
  static async create(): Promise<Machine> {
    return new Machine(await temporaryFolder())
  }

  /** Runs a command to its end, nobody at the keyboard. */
  run(...args: string[]): Promise<Outcome> {
    return this.start(args).ended
  }

  runWith(environment: Environment, ...args: string[]): Promise<Outcome> {
    return this.start(args, environment).ended
  }

  /** Runs a command that is to succeed with `--json`. @returns what it prints, which is one document on one line */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json')
    if (code !== 0 || stderr !== '' || !/^[^\n]+\n$/.test(stdout)) {
      throw new Error(`chain ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    }
    return JSON.parse(stdout)
  }

  start(args: readonly string[], environment: Environment = {}): Running {
    return new Running(process.execPath, [BIN, ...args], { ...this.environment, ...environment })
  }

  /** Runs a line of shell in which `chain` is the program. */
  shell(line: string): Promise<Outcome> {
    return this.startShell(`chain() { "$NODE" "$CHAIN" "$@"; }; ${line}`).ended
  }

  /** Starts a line of shell in which `"$NODE" "$CHAIN"` is the program. */
  startShell(line: string, environment: Environment = {}): Running {
    const all = { ...this.environment, CHAIN: BIN, NODE: process.execPath, ...environment }
    return new Running('sh', ['-c', line], all)
  }

  /** Serves a node, on a free port unless the arguments name one, until the test ends. */
  async serve(...args: string[]): Promise<Serving> {
    const given = args.indexOf('--port')
    const port = given < 0 ? await freePort() : Number(args[given + 1])
    const running = this.start(['serve', ...args, ...(given < 0 ? ['--port', String(port)] : [])])
    await running.waitFor('stdout', /folder/)
    return Object.assign(running, { port, url: `http://127.0.0.1:${port}`, address: `127.0.0.1:${port}` })
  }
}

export type Serving = Running & { readonly port: number; readonly url: string; readonly address: string }

/** A process and what it has said so far; it is ended after the test. */
export class Running {
  readonly ended: Promise<Outcome>
  readonly #child: ChildProcess
  readonly #said = { stdout: '', stderr: '' }

  constructor(file: string, args: readonly string[], environment: Environment) {
    const child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]!.setEncoding('utf8').on('data', (text: string) => {
        this.#said[stream] += text
      })
    }
    this.ended = once(child, 'close').then(([code]) => ({ code, ...this.#said }))
    onTestFinished(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await this.ended
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  get stdout(): string {
    return this.#said.stdout
  }

  get stderr(): string {
    return this.#said.stderr
  }

  /** Closes our end of its stderr. */
  stopReadingNotes(): void {
    this.#child.stderr!.destroy()
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Outcome> {
    this.#child.kill(signal)
    return this.ended
  }

  waitFor(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    const complain = () => `no ${pattern} on ${stream}, but ${JSON.stringify({ ...this.#said })}`
    const found = () => pattern.test(this.#said[stream])
    return waitUntil(found, (look) => this.#child[stream]!.on('data', look), this.ended, complain)
  }
}

/** Waits until a condition holds, which is looked at whenever something happens. */
export function waitUntil(
  holds: () => boolean,
  watch: (look: () => void) => void,
  end: Promise<unknown>,
  complain: () => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!holds()) return
      clearTimeout(timer)
      resolve()
    }
    const giveUp = (): void => {
      clearTimeout(timer)
      reject(new Error(complain()))
    }
    const timer = setTimeout(giveUp, PATIENCE_MS)
    watch(look)
    look()
    void end.then(() => (holds() ? look() : giveUp()))
  })
}
