import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * A client that asks one thing after the other, and does as little else as it can: what it takes of the machine the server lacks, and
 * autocannon takes three times as much.
 * Its connection stays open where the server keeps it, and is made anew where it does not, as HTTP/1.0 has it.
 */
export class Asker {
  readonly #host: string
  readonly #port: number
  readonly #request: string
  #socket: Socket | undefined
  #received: Buffer | undefined
  #answered: (() => void) | undefined
  #failed: ((error: Error) => void) | undefined

  constructor(url: string) {
    const { hostname, port, host, pathname, search } = new URL(url)
    this.#host = hostname
    this.#port = Number(port)
    this.#request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  }

  /** @throws Error unless the answer is 200 and whole */
  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket ??= this.#connected()
      this.#socket.write(this.#request, 'latin1')
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #connected(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true })
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#failed?.(error))
    socket.on('close', () => {
      if (socket === this.#socket) this.#failed?.(new Error('the server hung up'))
    })
    return socket
  }

  #receive(chunk: Buffer): void {
    const answer = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk])
    const headEnd = answer.indexOf(HEAD_END)
    const head = answer.toString('latin1', 0, Math.max(0, headEnd))
    const length = /content-length: (\d+)/i.exec(head)
    if (headEnd < 0 || answer.length < headEnd + HEAD_END.length + Number(length?.[1])) {
      this.#received = answer
      return
    }
    this.#received = undefined
    if (!head.startsWith('HTTP/1.1') || /connection: close/i.test(head)) this.close()
    if (head.startsWith('200 ', 'HTTP/1.x '.length)) this.#answered?.()
    else this.#failed?.(new Error(head))
  }
}

/** How many answers there were, and how many a second. */
export async function rateOf(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<{ rate: number; answers: number }> {
  const start = performance.now()
  const until = start + seconds * 1000
  let answers = 0
  const ask = async (): Promise<void> => {
    const asker = new Asker(url)
    while (performance.now() < until) {
      await asker.ask()
      answers++
    }
    asker.close()
  }
  await Promise.all(Array.from({ length: connections }, ask))
  return { rate: answers / ((performance.now() - start) / 1000), answers }
}
