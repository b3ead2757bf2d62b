import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const BIN = fileURLToPath(new URL('../../bin/chain.js', import.meta.url))
/** So many blocks or transactions a page has at most. */
export const PAGE = 1000

export interface ListedBlock {
  readonly height: number
  readonly hash: string
  readonly block: {
    readonly previous_hash: unknown
    readonly transactions: readonly { readonly recipient: string }[]
  }
}

/** A node in a process of its own, in a folder of its own, to be killed. */
export class ServedNode {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Starts `chain serve` and waits until it answers. */
  static async start(data: string, port: number, flags: readonly string[] = []): Promise<ServedNode> {
    const child = ServedNode.spawn(data, port, flags)
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
  static spawn(data: string, port: number, flags: readonly string[] = []): ChildProcess {
    return spawnChain(['serve', '--json', '--port', String(port), '--data-dir', data, ...flags])
  }

  async get<T>(path: string): Promise<T> {
    return answerOf(await fetch(`${this.url}${path}`))
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    return answerOf(await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  async delete(path: string): Promise<void> {
    await answerOf(await fetch(`${this.url}${path}`, { method: 'DELETE' }))
  }

  status(): Promise<{ pending: number; length: number }> {
    return this.get('/api/status')
  }

  /** The first of the pending transactions: as many as a page has. */
  async pending(): Promise<{ recipient: string }[]> {
    return (await this.get<{ transactions: { recipient: string }[] }>(`/api/pending?limit=${PAGE}`)).transactions
  }

  async peers(): Promise<string[]> {
    const { peers } = await this.get<{ peers: { address: string }[] }>('/api/peers')
    return peers.map(({ address }) => address)
  }

  async blocks(): Promise<ListedBlock[]> {
    const all: ListedBlock[] = []
    for (;;) {
      const page = await this.get<{ length: number; blocks: ListedBlock[] }>(
        `/api/blocks?from=${all.length + 1}&limit=${PAGE}`,
      )
      all.push(...page.blocks)
      if (page.blocks.length === 0 || all.length >= page.length) return all
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** @returns the exit code */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    await once(child, 'close')
    return child.exitCode
  }
}

/** Starts a command, nobody at the keyboard. */
export function spawnChain(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function answerOf<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return response.json() as Promise<T>
}
