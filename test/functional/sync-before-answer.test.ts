import { expect, onTestFinished, test } from 'vitest'
import type { ChainStore } from '../../src/chain/store.js'
import { buildChain, chainAnswer } from '../support/chains.js'
import { answering } from '../support/peer-server.js'
import { call, get, post, type RawAnswer } from '../support/raw-http.js'
import { openLevelDb, openServed, type Served, temporaryFolder } from '../support/test-node.js'

/** What a node acknowledges is on the disk before that: `kill -9` would not show it if it were not, as the system still has it. */

/** Holds the end of each write back, when it is told to, until it is let go. */
class Gate {
  /** What happened, in its order. */
  readonly record: string[] = []
  isClosed = false
  #arrive: () => void = () => {}
  #letGo: () => void = () => {}

  /** Puts itself before a store. */
  guard(store: ChainStore): ChainStore {
    const write = store.write.bind(store)
    store.write = async (changes, options) => {
      await write(changes, options)
      this.record.push(options.sync ? 'synced' : 'written')
      if (!this.isClosed) return
      await new Promise<void>((resolve) => {
        this.#letGo = resolve
        this.#arrive()
      })
    }
    return store
  }

  /** Waits for the next write. */
  nextWrite(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrive = resolve
    })
  }

  /** Lets one write go. */
  letGo(): void {
    this.#letGo()
  }

  open(): void {
    this.isClosed = false
    this.#letGo()
  }
}

const PAYMENT = '{"sender": "ada", "recipient": "bob", "amount": 5}'

test.each<[what: string, ask: (port: number) => Promise<RawAnswer>, status: number, writes: number]>([
  ['POST /transactions/new', (port) => post(port, '/transactions/new', PAYMENT), 201, 1],
  ['GET /mine', (port) => get(port, '/mine'), 200, 1],
  ['POST /api/mine', (port) => post(port, '/api/mine', '{}'), 200, 1],
  ['POST /nodes/register', (port) => post(port, '/nodes/register', '{"nodes": ["localhost:1"]}'), 201, 1],
  ['DELETE /api/peers/:address', (port) => call(port, 'DELETE', '/api/peers/localhost:2'), 200, 1],
  // The blocks first, and then that they are the chain.
  ['GET /nodes/resolve', (port) => get(port, '/nodes/resolve'), 200, 2],
  ['POST /api/resolve', (port) => post(port, '/api/resolve', '{}'), 200, 2],
])('%s is answered when what it says is synced, and nothing shows it before', async (_what, ask, status, writes) => {
  const gate = new Gate()
  const served = await openServed({ store: gate.guard(await openLevelDb(await temporaryFolder())) })
  await served.node.addPeers([await answering(chainAnswer(buildChain({ length: 4, zeros: 2 }))), 'localhost:2'])
  const before = await stateOf(served)
  gate.record.length = 0

  gate.isClosed = true
  onTestFinished(() => gate.open())
  let write = gate.nextWrite()
  const asked = ask(served.port).then((answer) => {
    gate.record.push('answered')
    return answer
  })
  for (let i = 1; i <= writes; i++) {
    await write
    expect(gate.record).toEqual(Array(i).fill('synced'))
    // Whoever asks meanwhile is answered, but not with that.
    expect(await stateOf(served)).toEqual(before)
    expect(gate.record).toEqual(Array(i).fill('synced'))
    write = gate.nextWrite()
    gate.letGo()
  }
  expect((await asked).status).toBe(status)
  expect(gate.record).toEqual([...Array(writes).fill('synced'), 'answered'])
  expect(await stateOf(served)).not.toEqual(before)
})

async function stateOf({ port }: Served): Promise<unknown> {
  const [status, pending, peers] = await Promise.all(
    ['/api/status', '/api/pending', '/api/peers'].map(async (path) => JSON.parse((await get(port, path)).text)),
  )
  return { status: { ...status, mining: null }, pending, peers }
}
