import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { JsonClient } from '../../../src/http/json-client.js'
import { answering, listen } from '../../support/peer-server.js'

/** What ends a call to a node that does not come to an end by itself. */

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

function client(address: string, timeoutMs: number): JsonClient {
  const made = new JsonClient(`http://${address}`, { timeoutMs })
  onTestFinished(() => made.close())
  return made
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.length
  return bytes
}

/** A node that begins a chain, and goes on with it as it is told. */
function streaming(goOn: (write: (text: string) => void) => void): Promise<string> {
  return listen((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n[')
    goOn((text) => void (socket.destroyed || socket.write(text)))
  })
}

test.each([
  ['call', (c: JsonClient) => c.call('/x')],
  ['stream', (c: JsonClient) => all(c.stream('/x'))],
])('timeout: a %s that nobody answers ends, even when the collector runs meanwhile', async (_, ask) => {
  const asked = ask(client(await listen(() => {}), 400))
  const collecting = setInterval(gc, 20)
  onTestFinished(() => clearInterval(collecting))
  await expect(asked).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('within 0.4 s') })
})

test("the caller's reason is what a call and a stream end with, and the collector does not take it", async () => {
  const silent = client(await listen(() => {}), 60_000)
  const stop = new AbortController()
  const reason = new Error('enough')
  const asked = [
    silent.call('/x', { signal: stop.signal, timeoutMs: Number.POSITIVE_INFINITY }),
    all(silent.stream('/x', stop)),
  ]
  setTimeout(gc, 50)
  setTimeout(() => stop.abort(reason), 100)
  for (const each of asked) await expect(each).rejects.toBe(reason)
})

test('a signal that is aborted already asks nobody', async () => {
  const reason = new Error('before')
  const asked = client(await answering('1'), 60_000).call('/x', { signal: AbortSignal.abort(reason) })
  await expect(asked).rejects.toBe(reason)
})

test('node-unreachable: close hangs up on what is under way', async () => {
  const silent = client(await listen(() => {}), 60_000)
  const asked = silent.call('/x', { timeoutMs: Number.POSITIVE_INFINITY })
  await Promise.all([expect(asked).rejects.toMatchObject({ code: 'node-unreachable' }), silent.close()])
})

test('timeout: a stream that stalls, or trickles', async () => {
  const stalling = await streaming(() => {})
  const trickling = await streaming((write) => {
    const timer = setInterval(() => write(' '), 50)
    onTestFinished(() => clearInterval(timer))
  })
  const asked = [stalling, trickling].map((address) => all(client(address, 400).stream('/x')))
  for (const each of asked) await expect(each).rejects.toMatchObject({ code: 'timeout' })
})

test('a stream may take longer than a call as long as enough of it arrives', async () => {
  const address = await listen((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    let pieces = 0
    const timer = setInterval(() => {
      socket.write(Buffer.alloc(65_536, ' '))
      if (++pieces < 10) return
      clearInterval(timer)
      socket.end()
    }, 100)
    socket.on('close', () => clearInterval(timer))
  })
  expect(await all(client(address, 500).stream('/x'))).toBe(655_360)
})

test('bad-answer: a stream of more than 64 MiB', async () => {
  const exact = await answering(Buffer.alloc(64 * 1024 * 1024, ' '))
  expect(await all(client(exact, 20_000).stream('/x'))).toBe(64 * 1024 * 1024)
  const more = await answering(Buffer.alloc(64 * 1024 * 1024 + 1, ' '))
  await expect(all(client(more, 20_000).stream('/x'))).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('too large'),
  })
})
