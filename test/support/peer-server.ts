import { createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a server does with a connection once the head of a request is there. */
export type Behaviour = (socket: Socket, head: string) => void

/** A server that runs until it is closed. */
export interface PeerServer {
  /** `host:port` */
  readonly address: string
  close(): Promise<void>
}

/** Begins a server that speaks as it is told to, well or badly. */
export async function startPeer(behave: Behaviour): Promise<PeerServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    let head = ''
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', onData)
      behave(socket, head)
    }
    socket.on('data', onData)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: addressOf(server), close }
}

/**
 * A server that speaks as the test has it speak, until the test ends.
 * @returns its `host:port`
 */
export async function listen(behave: Behaviour): Promise<string> {
  const { address, close } = await startPeer(behave)
  onTestFinished(close)
  return address
}

/** An HTTP answer with its length. */
export function answer(
  body: string | Uint8Array,
  options: { status?: string; headers?: Record<string, string> } = {},
): Buffer {
  const bytes = Buffer.from(body)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(bytes.length), ...options.headers }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${options.status ?? '200 OK'}\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}

/** A peer that gives the same answer to everyone. */
export function answering(body: string | Uint8Array, options?: Parameters<typeof answer>[1]): Promise<string> {
  return listen((socket) => socket.end(answer(body, options)))
}

/** A port of the loopback on which nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = addressOf(server)
  await new Promise((resolve) => server.close(resolve))
  return address
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `127.0.0.1:${address.port}`
}
