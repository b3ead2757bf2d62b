import { createServer } from 'node:net'

/** Below the ports that systems hand out by themselves, so that no other test is given it meanwhile. */
const PORTS = { first: 10_000, count: 20_000 }
let lastPort = PORTS.first + Math.floor(Math.random() * PORTS.count)

/** A port of the loopback on which nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + ((lastPort + 1 - PORTS.first) % PORTS.count)
    lastPort = port
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
