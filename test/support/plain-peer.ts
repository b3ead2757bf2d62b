import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import { DEV_RULES } from './secure.js'

/**
 * Takes the place of an answer: another one, or a promise of one, a text, a status without more, `silent` for none at all, or what writes it.
 * @param from the first block that is asked for
 * @param answer what a node would say
 */
export type Change = (path: string, from: number, answer: Record<string, unknown[] | number>) => unknown

export interface PlainPeer {
  /** `host:port`. */
  readonly address: string
  /** What it was asked for. */
  readonly asked: { readonly path: string; readonly from: number; readonly limit: number }[]
}

export function headerText(block: SecureBlock): string {
  return Buffer.from(DEV_RULES.headerOf(block)).toString('hex')
}

/**
 * A peer of `dev` that is none of ours: it has these blocks behind the first one, but for what the test changes.
 * @param ahead seconds by which its clock is ahead
 */
export async function servePlainPeer(
  blocks: readonly SecureBlock[],
  change: Change = (_path, _from, answer) => answer,
  ahead = 0,
): Promise<PlainPeer> {
  const all = [DEV_RULES.genesis(), ...blocks]
  const asked: PlainPeer['asked'] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://x')
    const [from, limit] = ['from', 'limit'].map((name) => Number(url.searchParams.get(name))) as [number, number]
    const chosen = all.slice(from - 1, from - 1 + limit)
    const path = url.pathname
    asked.push({ path, from, limit })
    const answer =
      path === '/api/headers'
        ? { length: all.length, headers: chosen.map(headerText) }
        : {
            length: all.length,
            blocks: chosen.map(({ hash, encoded }, i) => ({
              height: from + i,
              hash,
              block: JSON.parse(Buffer.from(encoded).toString()),
            })),
          }
    const changed = await change(path, from, answer)
    if (changed === 'silent') return
    if (typeof changed === 'function') return changed(response)
    const date = new Date(Date.now() + ahead * 1000).toUTCString()
    const headers = { 'Content-Type': 'application/json', Date: date }
    response.writeHead(typeof changed === 'number' ? changed : 200, headers)
    response.end(typeof changed === 'string' ? changed : JSON.stringify(changed))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}
