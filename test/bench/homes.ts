import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ServerProcess } from './node-process.js'
import { chainAnswer, say, temporaryFolder } from './workshop.js'

export interface Resolved {
  /** The data folder of a node, which runs no more. */
  readonly data: string
  readonly ms: number
  /** MiB by which the node grew at most. */
  readonly growth: number
}

/** Has a new node adopt a chain from a peer on the loopback, and stops it. */
export async function resolveChain(blocks: number): Promise<Resolved> {
  const file = chainAnswer(blocks)
  const peer = createServer((_request, response) => void createReadStream(file).pipe(response)).listen(0, '127.0.0.1')
  await once(peer, 'listening')
  const data = temporaryFolder()
  const node = await ServerProcess.chain(data)
  try {
    await post(`${node.url}/nodes/register`, { nodes: [`127.0.0.1:${(peer.address() as AddressInfo).port}`] })
    const before = node.resident()
    node.forgetPeak()
    const start = performance.now()
    const { length } = await post(`${node.url}/api/resolve`)
    const ms = performance.now() - start
    if (length !== blocks) throw new Error(`the node adopted ${length} blocks, not ${blocks}`)
    return { data, ms, growth: node.peakResident() - before }
  } finally {
    await node.stop()
    peer.close()
  }
}

const homes = new Map<number, Promise<string>>()

/** The data folder of a node with so many blocks, made once. To be read, not to be changed. */
export function homeOf(blocks: number): Promise<string> {
  if (!homes.has(blocks)) homes.set(blocks, makeHome(blocks))
  return homes.get(blocks)!
}

/** A copy of its store, to be changed at will. */
export async function copyOfStore(blocks: number): Promise<string> {
  const copy = temporaryFolder()
  await cp(join(await homeOf(blocks), 'tutorial', 'bench'), copy, { recursive: true })
  return join(copy, 'chain')
}

async function makeHome(blocks: number): Promise<string> {
  say(`making a node with ${blocks} blocks`)
  if (blocks > 1) return (await resolveChain(blocks)).data
  const data = temporaryFolder()
  await (await ServerProcess.chain(data)).stop()
  return data
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of our own
async function post(url: string, body: unknown = {}): Promise<any> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
