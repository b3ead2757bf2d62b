import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers every GET with a small JSON, made anew each time: what Node's own HTTP server can reach at most, with nothing of a node behind it. */

const server = createServer((_request, response) => {
  const text = `${JSON.stringify({
    version: '0.1.0',
    network: 'tutorial',
    identity: 'aa850f0b6f904a4e8eed1ed690db2d49',
    length: 1000,
    tip: 'c099bc76471bfdd48ae262ba832388af2b87904924730633db415994fb82bfb7',
    pending: 0,
    peers: 3,
  })}\n`
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': text.length }).end(text)
})

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
