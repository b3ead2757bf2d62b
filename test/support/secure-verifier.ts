import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../interop/secure_verifier.py', import.meta.url))

/** What became of a whole chain: what it comes to, or which line of its file is refused, counted from 1 behind the header. */
export type Replayed =
  | { length: number; tip: string; work: string; supply: number; accounts: Record<string, [number, number]> }
  | { index: number; code: string }

/** The judge in Python, which shares nothing with `src`. */
export class SecureVerifier {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = []
  #complaints = ''

  constructor() {
    this.#process = spawn('python3', [SCRIPT])
    this.#process.stderr.on('data', (text) => {
      this.#complaints += text
    })
    createInterface({ input: this.#process.stdout }).on('line', (line) =>
      this.#waiting.shift()!.resolve(JSON.parse(line)),
    )
    this.#process.on('close', () => {
      for (const { reject } of this.#waiting) reject(new Error(`the judge ended: ${this.#complaints}`))
    })
  }

  /** The id of a definition, or `bad-definition`. */
  definition(text: string): Promise<{ id?: string; code?: string }> {
    return this.#ask({ do: 'definition', text })
  }

  /** Begins a chain of a network, which the blocks that follow are held against. */
  start(definition: object): Promise<{ id: string }> {
    return this.#ask({ do: 'start', definition: JSON.stringify(definition) })
  }

  /** Judges a next block, which changes nothing. */
  async code(text: string, now: number): Promise<string | undefined> {
    return (await this.#ask<{ code?: string }>({ do: 'block', text, now })).code
  }

  async connect(text: string, now: number): Promise<string | undefined> {
    return (await this.#ask<{ code?: string }>({ do: 'connect', text, now })).code
  }

  replay(file: string, now: number): Promise<Replayed> {
    return this.#ask({ do: 'replay', file, now })
  }

  /** Judges a transfer that stands in no block. */
  transaction(text: string): Promise<{ id?: string; code?: string }> {
    return this.#ask({ do: 'transaction', text })
  }

  async signature(parts: { public_key: string; message: string; signature: string }): Promise<string | null> {
    return (await this.#ask<{ code: string | null }>({ do: 'signature', ...parts })).code
  }

  close(): void {
    this.#process.stdin.end()
  }

  #ask<T>(request: object): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (answer: unknown) => void, reject })
      this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    })
  }
}
