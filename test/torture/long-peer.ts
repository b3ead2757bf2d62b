import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chainAnswer, hashOf, type PlainBlock } from '../support/chains.js'

/** With it a few hundred blocks fill a log of LevelDB, which then begins another and makes a table of it. */
const TRANSACTION_TEXT = 'x'.repeat(2_000)

const { proofs } = JSON.parse(readFileSync(new URL('../vectors/article-proofs.json', import.meta.url), 'utf8')) as {
  proofs: number[]
}
const nextProof = new Map(proofs.slice(1).map((proof, i) => [proofs[i]!, proof]))

/** A peer with a chain of any length, which has nothing in common with that of anybody else. */
export class LongPeer {
  readonly #server: Server
  readonly #blocks: PlainBlock[] = [
    { index: 1, timestamp: 1_600_000_000.5, transactions: [], proof: 100, previous_hash: 1 },
  ]
  readonly #hashes = new Set<string>()
  #length = 1

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(chainAnswer(this.#blocks.slice(0, this.#length)))
    })
  }

  static async start(): Promise<LongPeer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new LongPeer(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Has so many blocks from now on. */
  grow(length: number): void {
    while (this.#blocks.length < length) {
      const last = this.#blocks.at(-1)!
      const previous_hash = hashOf(last)
      this.#hashes.add(previous_hash)
      this.#blocks.push({
        index: last.index + 1,
        timestamp: last.timestamp + 1,
        transactions: [{ sender: '0', recipient: TRANSACTION_TEXT, amount: 1 }],
        proof: nextProof.get(last.proof)!,
        previous_hash,
      })
    }
    this.#hashes.add(hashOf(this.#blocks.at(-1)!))
    this.#length = length
  }

  made(hash: string): boolean {
    return this.#hashes.has(hash)
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
