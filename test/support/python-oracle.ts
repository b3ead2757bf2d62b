import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../interop/python_oracle.py', import.meta.url))
const NEWLINE = Uint8Array.of(0x0a)

/** Lines in flight: enough to keep both sides busy, little enough for the pipe's buffers. */
const LINES_AT_ONCE = 20_000

/** Python itself, in one process that answers line by line: see python_oracle.py for what. */
export class PythonOracle {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = []
  #failure: Error | undefined
  #unfinished = ''

  constructor(...flags: ('--str' | '--floats')[]) {
    this.#process = spawn('python3', [SCRIPT, ...flags])
    this.#process.stdout.setEncoding('ascii').on('data', (text: string) => this.#hear(text))
    let complaint = ''
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    this.#process.on('error', (error) => {
      this.#fail(`python3 is needed for the differential tests, and it cannot be started: ${error.message}`)
    })
    this.#process.on('close', (code) => this.#fail(`python3 ended with code ${code}: ${complaint}`))
    // Whoever is waiting hears of it through 'close'.
    this.#process.stdin.on('error', () => {})
  }

  /** Resolves when python3 answers, so that a machine without it fails with a reason and not with a thousand. */
  async start(): Promise<this> {
    await this.ask(Buffer.from('0'))
    return this
  }

  /** @param line without a newline: see `withoutNewlines` */
  ask(line: Uint8Array): Promise<string> {
    if (line.includes(0x0a)) throw new Error('a line for Python must not hold a newline')
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#waiting.push({ resolve, reject })
      this.#process.stdin.write(Buffer.concat([line, NEWLINE]))
    })
  }

  /** Asks many lines of ASCII at once. */
  async askAll(lines: readonly string[]): Promise<string[]> {
    const answers: string[] = []
    for (let i = 0; i < lines.length; i += LINES_AT_ONCE) {
      const some = lines.slice(i, i + LINES_AT_ONCE)
      const heard = some.map(() => new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject })))
      if (this.#failure !== undefined) throw this.#failure
      this.#process.stdin.write(`${some.join('\n')}\n`)
      answers.push(...(await Promise.all(heard)))
    }
    return answers
  }

  stop(): void {
    this.#process.stdin.end()
  }

  #hear(text: string): void {
    const lines = (this.#unfinished + text).split('\n')
    this.#unfinished = lines.pop()!
    for (const line of lines) this.#waiting.shift()!.resolve(line)
  }

  #fail(message: string): void {
    this.#failure ??= new Error(message)
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}

/** The same text with each newline, which ends the oracle's line, as another white space. */
export function withoutNewlines(text: Uint8Array): Uint8Array {
  return text.map((byte) => (byte === 0x0a ? 0x0d : byte))
}
