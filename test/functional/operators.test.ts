import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { networkNamed } from '../../src/consensus/networks.js'
import { HttpNodeApi } from '../../src/http/http-node-api.js'
import { JsonClient } from '../../src/http/json-client.js'
import { call } from '../support/raw-http.js'
import { Holder } from '../support/secure.js'
import { openServed } from '../support/test-node.js'

/** What only who runs a node may ask of it from another machine. Here every address is one of another machine. */

const TOKEN = 'ab'.repeat(32)
const network = networkNamed('dev')!
const alice = new Holder(1).address

const open = () => openServed({ network, server: { operatorToken: TOKEN, limits: { isLocal: () => false } } })

const OPERATOR_CALLS: [method: string, path: string, body?: string][] = [
  ['GET', '/mine'],
  ['POST', `/api/mine?to=${alice}`],
  ['POST', '/nodes/register', '{"nodes": ["http://127.0.0.1:9"]}'],
  ['GET', '/nodes/resolve'],
  ['POST', '/api/resolve'],
  ['DELETE', '/api/peers/127.0.0.1:9'],
  // The same in other words.
  ['GET', '/%6dine'],
  ['GET', 'http://elsewhere.example/mine'],
  ['GET', '/mine#a'],
  ['POST', '/api/min%65'],
  ['POST', '/n%6fdes/register', '{"nodes": ["http://127.0.0.1:9"]}'],
  ['POST', '/api/re%73olve'],
  ['DELETE', '/api/peer%73/127.0.0.1:9'],
]

describe.each(OPERATOR_CALLS)('%s %s', (method, path, body) => {
  const asking = (authorization?: string) => ({
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(authorization !== undefined && { Authorization: authorization }),
    },
    ...(body !== undefined && { body }),
  })

  test.each([
    ['no token', undefined],
    ['another token', `Bearer ${'cd'.repeat(32)}`],
    ['a part of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['another scheme', `Basic ${TOKEN}`],
    ['the token alone', TOKEN],
  ])('with %s: 401, and nothing is done', async (_, authorization) => {
    const { port, node } = await open()
    const answer = await call(port, method, path, asking(authorization))
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([401, 'unauthorized'])
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(await node.status()).toMatchObject({ length: 1, peers: 0 })
  })

  test('with the token it is answered', async () => {
    const { port } = await open()
    expect((await call(port, method, path, asking(`Bearer ${TOKEN}`))).status).not.toBe(401)
  })
})

test('who has hung up by the time it is looked at gets nothing done, whoever it was', async () => {
  const mistakes: unknown[] = []
  const { port, node } = await openServed({
    network,
    server: { operatorToken: TOKEN, limits: { isLocal: () => false }, onMistake: (error) => void mistakes.push(error) },
  })
  const request = `POST /api/mine?to=${alice} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`
  for (let i = 0; i < 20; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    socket.write(request)
    // It is all there before the server reads any of it.
    await new Promise<void>((resolve) => socket.end(() => resolve(void socket.resetAndDestroy())))
  }
  await call(port, 'GET', '/api/status')
  expect(mistakes).toEqual([])
  expect((await node.status()).length).toBe(1)
})

test('reading, paying and handing in blocks is for everybody', async () => {
  const { port } = await open()
  for (const path of ['/chain', '/api/status', '/api/peers', '/api/headers', `/api/mining/template?address=${alice}`]) {
    expect((await call(port, 'GET', path)).status, path).toBe(200)
  }
  const headers = { 'Content-Type': 'application/json' }
  for (const path of ['/transactions/new', '/api/blocks']) {
    expect((await call(port, 'POST', path, { headers, body: '{}' })).status, path).toBe(400)
  }
})

test('a client that has the token shows it', async () => {
  const { url } = await open()
  const known = new HttpNodeApi(new JsonClient(url, { timeoutMs: 10_000, token: TOKEN }))
  const unknown = new HttpNodeApi(new JsonClient(url, { timeoutMs: 10_000 }))
  expect((await known.mine({ to: alice })).height).toBe(2)
  await expect(unknown.mine({ to: alice })).rejects.toMatchObject({
    code: 'unauthorized',
    hint: expect.stringContaining('--token-file'),
  })
  await Promise.all([known.close(), unknown.close()])
})

test('on this machine nobody needs it, and on the tutorial’s networks there is none', async () => {
  const local = await openServed({ network, server: { operatorToken: TOKEN } })
  expect((await call(local.port, 'POST', `/api/mine?to=${alice}`)).status).toBe(200)
  const tutorial = await openServed({ server: { limits: { isLocal: () => false } } })
  expect((await call(tutorial.port, 'GET', '/mine')).status).toBe(200)
  expect([networkNamed('tutorial'), networkNamed('secure')].map((each) => each!.isGuarded)).toEqual([false, true])
})
