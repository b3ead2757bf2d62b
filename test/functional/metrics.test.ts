import { describe, expect, test } from 'vitest'
import { buildChain, chainAnswer } from '../support/chains.js'
import { type Figures, readExposition } from '../support/exposition.js'
import { answering } from '../support/peer-server.js'
import { get, open, post, readAll } from '../support/raw-http.js'
import { ENDLESS, openServed } from '../support/test-node.js'

const PAYMENT = '{"sender": "a", "recipient": "b", "amount": 5}'

describe('GET /metrics', () => {
  test('is in the text format of Prometheus, counters named as such', async () => {
    const { port } = await openServed()
    await get(port, '/api/status')
    const { status, headers, text } = await get(port, '/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const { types } = readExposition(text)
    for (const [name, type] of types) {
      if (name.startsWith('chain_')) expect(name.endsWith('_total')).toBe(type === 'counter')
    }
  })

  test('follows the chain, the pool and the peers', async () => {
    const { port, node } = await openServed()
    expect(await scrape(port)).toMatchObject({
      'chain_info{network="quick",version="1.2.3"}': 1,
      chain_length: 1,
      chain_pending_transactions: 0,
      chain_peers: 0,
      chain_blocks_mined_total: 0,
      chain_replacements_total: 0,
      chain_hashes_total: 0,
      chain_event_streams: 0,
    })
    const first = await node.mine()
    const second = await node.mine()
    await post(port, '/transactions/new', PAYMENT)
    const hashes = first.hashes! + second.hashes!
    const mined = { chain_length: 3, chain_blocks_mined_total: 2, chain_hashes_total: hashes }
    expect(await scrape(port)).toMatchObject({ ...mined, chain_pending_transactions: 1, chain_replacements_total: 0 })

    await node.addPeers([await answering(chainAnswer(buildChain({ length: 6, zeros: 2 })))])
    await node.resolve()
    await node.resolve()
    expect(await scrape(port)).toMatchObject({
      ...mined,
      chain_length: 6,
      chain_peers: 1,
      chain_replacements_total: 1,
    })
  })

  test('counts the hashes of a search that is under way, and of one that found nothing', async () => {
    const { port, node } = await openServed({ network: ENDLESS })
    const stop = new AbortController()
    const search = node.mine({ signal: stop.signal })
    search.catch(() => {})
    await expect.poll(async () => (await scrape(port)).chain_hashes_total, { timeout: 20_000 }).toBeGreaterThan(0)
    stop.abort(new Error('enough'))
    await expect(search).rejects.toThrow('enough')
    const counted = (await scrape(port)).chain_hashes_total
    expect(counted).toBeGreaterThan(0)
    expect((await scrape(port)).chain_hashes_total).toBe(counted)
    expect((await scrape(port)).chain_blocks_mined_total).toBe(0)
  })

  test('counts open streams of events, those that are closed no longer', async () => {
    const { port } = await openServed()
    const socket = await open(port)
    socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    await new Promise((resolve) => socket.once('data', resolve))
    expect(await scrape(port)).toMatchObject({ chain_event_streams: 1 })
    const closed = readAll(socket)
    socket.destroy()
    await closed
    await expect.poll(async () => (await scrape(port)).chain_event_streams).toBe(0)
  })

  test('counts requests by method, route and status, from before the first scrape on', async () => {
    const { port } = await openServed()
    await get(port, '/api/blocks/1')
    await get(port, '/api/blocks/2')
    await get(port, '/api/blocks/01?')
    await get(port, `/nothing/${'x'.repeat(50)}`)
    await post(port, '/transactions/new', PAYMENT)
    const before = await scrape(port)
    const count = 'chain_http_request_duration_seconds_count'
    expect(before).toMatchObject({
      [`${count}{method="GET",route="/api/blocks/:id",status="200"}`]: 2,
      [`${count}{method="GET",route="/api/blocks/:id",status="404"}`]: 1,
      [`${count}{method="GET",route="none",status="404"}`]: 1,
      [`${count}{method="POST",route="/transactions/new",status="201"}`]: 1,
    })
    // What strangers ask for makes no new figures.
    for (const path of ['/a', '/b', '/c?d', '/api/blocks/1']) await get(port, path)
    const after = await scrape(port)
    const known = Object.keys(before).filter((name) => name.includes('route='))
    const added = Object.keys(after).filter((name) => name.includes('route=') && !known.includes(name))
    expect(added.filter((name) => !name.includes('route="/metrics"'))).toEqual([])
    expect(after).toMatchObject({ [`${count}{method="GET",route="none",status="404"}`]: 4 })
  })

  test('counts no request less when many come before the first scrape', async () => {
    const { port, url } = await openServed()
    for (let i = 0; i < 22; i++) await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/api/health`)))
    expect(await scrape(port)).toMatchObject({
      'chain_http_request_duration_seconds_count{method="GET",route="/api/health",status="200"}': 1100,
    })
  })

  test('each bucket of the durations holds those before it, the last one all', async () => {
    const { port } = await openServed()
    await get(port, '/mine')
    const figures = Object.entries(await scrape(port)).filter(([name]) => name.includes('route="/mine"'))
    const bound = (name: string): number => Number(/le="([^"]+)"/.exec(name)![1].replace('Inf', 'Infinity'))
    const buckets = figures
      .filter(([name]) => name.includes('_bucket'))
      .sort(([a], [b]) => bound(a) - bound(b))
      .map(([, value]) => value)
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b))
    expect(buckets.length).toBeGreaterThan(3)
    expect(figures.find(([name]) => name.includes('_count'))![1]).toBe(buckets.at(-1))
    expect(figures.find(([name]) => name.includes('_sum'))![1]).toBeGreaterThan(0)
  })

  test('tells of the process, once for all servers in it', async () => {
    const { port } = await openServed()
    const other = await openServed()
    for (const each of [port, other.port]) {
      const figures = await scrape(each)
      expect(figures.process_resident_memory_bytes).toBeGreaterThan(10_000_000)
      expect(figures.process_cpu_seconds_total).toBeGreaterThanOrEqual(0)
    }
    await get(port, '/chain')
    const name = 'chain_http_request_duration_seconds_count{method="GET",route="/chain",status="200"}'
    expect(await scrape(port)).toHaveProperty([name], 1)
    expect(await scrape(other.port)).not.toHaveProperty([name])
  })
})

async function scrape(port: number): Promise<Record<string, number>> {
  const figures: Figures = readExposition((await get(port, '/metrics')).text).figures
  return Object.fromEntries(figures)
}
