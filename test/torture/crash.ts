import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { Chance } from '../support/chance.js'
import { freePort } from '../support/free-port.js'
import { Ledger } from './ledger.js'
import { LongPeer } from './long-peer.js'
import type { Part, Row, TortureOptions } from './part.js'
import { ServedNode, spawnChain } from './served-node.js'

/** A node lives so long after it answers, and a command after it was started, at most. */
const LIFE_MS = 2000
/** Blocks by which the peer is ahead when it is to be followed, and by which the one with the long chain is. */
const LEAD = 2
const LONG_LEAD = { least: 200, more: 1000 }
/** After so many cycles another home is begun: its first opening is one to be killed in, too. */
const CYCLES_OF_A_HOME = 25
/** Peers of which nobody answers. */
const DEAD_PEERS = 20

const COUNTS = ['payments', 'blocks', 'adoptions', 'peers'] as const

/** What was done, and how often. */
type Tally = Record<
  (typeof COUNTS)[number] | 'killedInUse' | 'killedOpening' | 'killedCommands' | 'longLeads' | 'stopped',
  number
>

/**
 * Kills a node again and again, at random moments while it mines, takes payments and peers, adopts a longer chain and opens, and looks
 * after each time whether it still has everything that was acknowledged.
 */
async function crash({ cycles, seed, say }: TortureOptions): Promise<Row[]> {
  const [chance, longPeer] = [new Chance(seed), await LongPeer.start()]
  const tally: Tally = {
    payments: 0,
    blocks: 0,
    adoptions: 0,
    peers: 0,
    killedInUse: 0,
    killedOpening: 0,
    killedCommands: 0,
    stopped: 0,
    longLeads: 0,
  }
  const failures: string[] = []
  const start = performance.now()
  let done = 0
  while (done < cycles) {
    const home = await Home.create(chance, longPeer, tally)
    try {
      for (let i = 0; i < CYCLES_OF_A_HOME && done < cycles; i++) {
        await home.cycle()
        done++
        if (done % 10 === 0) say(`${done} cycles: ${JSON.stringify(tally)}`)
      }
      await home.check()
      await home.remove()
    } catch (error) {
      done++
      failures.push(`cycle ${done} of seed ${seed}: ${error instanceof Error ? error.message : error} (${home.folder})`)
      say(failures.at(-1)!)
    } finally {
      await home.close()
    }
  }
  longPeer.close()
  const ms = performance.now() - start
  const row = (what: string, count: number): Row => ({ what, count, failures: [], ms })
  return [
    { what: 'cycles', count: done, failures, ms },
    row('kill -9 in use', tally.killedInUse),
    row('kill -9 while opening', tally.killedOpening),
    row('kill -9 of embedded commands', tally.killedCommands),
    row('SIGTERM in use', tally.stopped),
    row('payments acknowledged', tally.payments),
    row('blocks acknowledged', tally.blocks),
    row('adoptions acknowledged', tally.adoptions),
    row('peers acknowledged', tally.peers),
    row('cycles beside a peer with a long chain', tally.longLeads),
  ]
}

/** A home that is opened and killed, and a peer with a longer chain. */
class Home {
  readonly folder: string
  readonly #port: number
  readonly #peer: ServedNode
  readonly #longPeer: LongPeer
  readonly #chance: Chance
  /** For what is asked at the same time: what is done, and when, depends on the seed alone. */
  readonly #details: Chance
  readonly #tally: Tally
  readonly #ledger = new Ledger()
  /** Hashes of the blocks that the peer mined. */
  readonly #foreign = new Set<string>()
  /** How long opening took the last time, from the start of the process on. */
  #openingMs = 500

  private constructor(
    folder: string,
    port: number,
    peer: ServedNode,
    longPeer: LongPeer,
    chance: Chance,
    tally: Tally,
  ) {
    this.folder = folder
    this.#port = port
    this.#peer = peer
    this.#longPeer = longPeer
    this.#chance = chance
    this.#details = new Chance(chance.below(2 ** 32))
    this.#tally = tally
  }

  static async create(chance: Chance, longPeer: LongPeer, tally: Tally): Promise<Home> {
    const folder = await mkdtemp(join(tmpdir(), 'chain-crash-'))
    const peer = await ServedNode.start(join(folder, 'peer'), await freePort())
    return new Home(folder, await freePort(), peer, longPeer, chance, tally)
  }

  async cycle(): Promise<void> {
    while (this.#chance.oneIn(3)) await this.#killWhileOpening()
    if (this.#chance.oneIn(5)) await this.#killCommand()
    const node = await this.#start()
    try {
      await this.#checkIn(node)
      const follows = this.#chance.oneIn(2)
      if (follows) await (this.#chance.oneIn(3) ? this.#letLongPeerLead(node) : this.#letLead(node))
      await this.#use(node, follows)
    } finally {
      await node.kill()
    }
  }

  async check(): Promise<void> {
    const node = await this.#start()
    await this.#checkIn(node).finally(() => node.kill())
  }

  #checkIn(node: ServedNode): Promise<void> {
    return this.#ledger.check(node, (hash) => this.#foreign.has(hash) || this.#longPeer.made(hash))
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    await this.#peer.kill()
    for (const count of COUNTS) this.#tally[count] += this.#ledger.acknowledged[count]
  }

  async #start(): Promise<ServedNode> {
    const start = performance.now()
    const node = await ServedNode.start(this.#data, this.#port)
    this.#openingMs = performance.now() - start
    return node
  }

  get #data(): string {
    return join(this.folder, 'node')
  }

  async #killWhileOpening(): Promise<void> {
    const child = ServedNode.spawn(this.#data, this.#port)
    const closed = once(child, 'close')
    // The first half of it is spent before the program comes to the disk.
    await delay(this.#openingMs * (0.4 + 0.7 * this.#chance.next()))
    child.kill('SIGKILL')
    await closed
    this.#tally.killedOpening++
  }

  /** Kills a command that has the home open itself. */
  async #killCommand(): Promise<void> {
    const child = spawnChain([
      'mine',
      '--count',
      '100',
      '--json',
      '--port',
      String(this.#port),
      '--data-dir',
      this.#data,
    ])
    const closed = once(child, 'close')
    createInterface(child.stdout!).on('line', (line) => this.#ledger.mined(JSON.parse(line)))
    await Promise.race([closed, delay(this.#openingMs * 0.4 + this.#chance.below(LIFE_MS))])
    child.kill('SIGKILL')
    await closed
    this.#tally.killedCommands++
  }

  /** Has the peer take over the node's chain and go on from there, so that its chain will be adopted. */
  async #letLead(node: ServedNode): Promise<void> {
    await this.#peer.post('/nodes/register', { nodes: [node.url] })
    await this.#peer.post('/api/resolve')
    for (let i = 0; i < LEAD; i++) await this.#leadOn()
    await node.post('/nodes/register', { nodes: [this.#peer.url] })
  }

  /** Has a chain to be adopted that takes a while, and more than one file. */
  async #letLongPeerLead(node: ServedNode): Promise<void> {
    const { length } = await node.status()
    this.#longPeer.grow(length + LONG_LEAD.least + this.#chance.below(LONG_LEAD.more))
    await node.post('/nodes/register', { nodes: [this.#longPeer.url] })
    this.#tally.longLeads++
  }

  async #leadOn(): Promise<void> {
    this.#foreign.add((await this.#peer.post<{ hash: string }>('/api/mine')).hash)
  }

  /** Asks the node for everything at once until it is dead. */
  async #use(node: ServedNode, follows: boolean): Promise<void> {
    let alive = true
    const untilDead = async (work: () => Promise<void>): Promise<void> => {
      while (alive) {
        try {
          await work()
        } catch (error) {
          // Killed in the middle of it: that was not acknowledged.
          if (alive) throw error
        }
      }
    }
    const uses = [
      untilDead(() => this.#pay(node)),
      untilDead(async () => this.#ledger.mined(await node.post('/api/mine'))),
      untilDead(() => this.#changePeers(node)),
    ]
    if (follows) {
      uses.push(
        untilDead(async () => this.#ledger.resolved(await node.post('/api/resolve'))),
        untilDead(() => this.#leadOn()),
      )
    }
    const all = Promise.all(uses)
    await Promise.race([delay(this.#chance.below(LIFE_MS)), all])
    alive = false
    if (this.#chance.oneIn(5)) {
      const code = await node.stop()
      if (code !== 0) throw new Error(`the node ended with ${code} when it was told to stop`)
      this.#tally.stopped++
    } else {
      await node.kill()
      this.#tally.killedInUse++
    }
    await all
  }

  async #pay(node: ServedNode): Promise<void> {
    const recipient = `r${this.#details.below(2 ** 48).toString(36)}`
    const payment = { sender: 'somebody', recipient, amount: 1 }
    await this.#ledger.pay(recipient, () => node.post('/transactions/new', payment))
  }

  async #changePeers(node: ServedNode): Promise<void> {
    const address = `127.0.0.1:${1 + this.#details.below(DEAD_PEERS)}`
    const wanted = this.#ledger.isRegistered(address) !== true
    await this.#ledger.register(address, wanted, () =>
      wanted ? node.post('/nodes/register', { nodes: [address] }) : node.delete(`/api/peers/${address}`),
    )
  }
}

export const crashPart: Part = {
  name: 'crash',
  title: 'killed at random moments, a node has everything that was acknowledged',
  cycles: 500,
  run: crash,
}
