import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/chain.js', import.meta.url))

/** A node in a process of its own, in a folder of its own, to be killed. */
export class ServedNode {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Starts `chain serve` and waits until it answers. */
  static async start(data: string, port: number): Promise<ServedNode> {
    const child = ServedNode.spawn(data, port)
    const errors: string[] = []
    child.stderr!.on('data', (text) => errors.push(String(text)))
    const [line] = await Promise.race([
      once(createInterface(child.stdout!), 'line'),
      once(child, 'close').then(([code]) => {
        throw new Error(`the node did not start (${code}): ${errors.join('')}`)
      }),
    ])
    return new ServedNode(child, JSON.parse(line).url)
  }

  /** Starts `chain serve` and waits for nothing. */
  static spawn(data: string, port: number): ChildProcess {
    return spawn(process.execPath, [BIN, 'serve', '--json', '--port', String(port), '--data-dir', data], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  async get(path: string): Promise<unknown> {
    return answerOf(await fetch(`${this.url}${path}`))
  }

  async post(path: string, body: unknown = {}): Promise<unknown> {
    const headers = { 'content-type': 'application/json' }
    return answerOf(await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'close')
  }
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
