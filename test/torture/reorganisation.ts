import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TransferFields } from '../../src/consensus/secure/transaction.js'
import { Dice } from '../support/dice.js'
import { freePort } from '../support/free-port.js'
import { NaiveLedger } from '../support/naive-ledger.js'
import { DEV_RULES, decodeSecure, Holder, nextBlock, type PlainSecureBlock } from '../support/secure.js'
import type { Part, Row, TortureOptions } from './part.js'
import { BIN, ServedNode } from './served-node.js'

/** A node lives so long while blocks are offered to it, at most. */
const LIFE_MS = 400
/** By so many blocks the branch that is behind comes to lead, at most. */
const LEAD = 30
const HOLDERS = [1, 2, 3, 4].map((seed) => new Holder(seed))
const SUBSIDY = 5_000_000_000n

type Tally = Record<'kills' | 'active' | 'side' | 'known' | 'switches' | 'deepest' | 'transfers', number>

/**
 * Kills a node again and again while blocks of two rival branches are offered to it, so that it reorganises, and looks after each time
 * whether what it answered for is there, and whether it ends up with the chain of the most work and the balances of a replay.
 */
async function reorganisation({ cycles, seed, say }: TortureOptions): Promise<Row[]> {
  const tally: Tally = { kills: 0, active: 0, side: 0, known: 0, switches: 0, deepest: 0, transfers: 0 }
  const failures: string[] = []
  const start = performance.now()
  const rivals = await Rivals.create(new Dice(seed), tally)
  let done = 0
  try {
    for (; done < cycles; done++) {
      await rivals.cycle()
      if (done % 10 === 9) say(`${done + 1} cycles: ${JSON.stringify(tally)}`)
    }
    await rivals.checkAll()
    await rivals.remove()
  } catch (error) {
    failures.push(
      `cycle ${done + 1} of seed ${seed}: ${error instanceof Error ? error.message : error} (${rivals.folder})`,
    )
  } finally {
    await rivals.close()
  }
  const ms = performance.now() - start
  const row = (what: string, count: number): Row => ({ what, count, failures: [], ms })
  return [
    { what: 'cycles', count: done, failures, ms },
    row('kill -9 while blocks were offered', tally.kills),
    row('blocks answered with active', tally.active),
    row('blocks answered with side', tally.side),
    row('blocks answered with known', tally.known),
    row('switches to the other branch', tally.switches),
    row('blocks taken back by the deepest', tally.deepest),
    row('transfers in the blocks', tally.transfers),
  ]
}

/** A branch from the genesis on, and its ledger. */
interface Branch {
  readonly blocks: PlainSecureBlock[]
  readonly ledger: NaiveLedger
}

class Rivals {
  readonly folder: string
  readonly #port: number
  readonly #dice: Dice
  readonly #tally: Tally
  readonly #branches: readonly [Branch, Branch] = [emptyBranch(), emptyBranch()]
  /** Blocks that the node answered for. */
  readonly #acknowledged = new Map<string, PlainSecureBlock>()
  #node: ServedNode | undefined

  private constructor(folder: string, port: number, dice: Dice, tally: Tally) {
    this.folder = folder
    this.#port = port
    this.#dice = dice
    this.#tally = tally
  }

  static async create(dice: Dice, tally: Tally): Promise<Rivals> {
    return new Rivals(await mkdtemp(join(tmpdir(), 'chain-reorganisation-')), await freePort(), dice, tally)
  }

  async cycle(): Promise<void> {
    const node = await this.#start()
    await this.#checkAcknowledged(node)
    const [ahead, behind] = this.#ranked()
    const missing = ahead.blocks.length - behind.blocks.length
    for (let i = missing + 1 + this.#dice.below(LEAD); i > 0; i--) this.#grow(behind)
    this.#tally.deepest = Math.max(this.#tally.deepest, ahead.blocks.length)
    const killed = delay(this.#dice.below(LIFE_MS)).then(() => node.kill())
    // From the first on that was not answered for, and some before it again.
    const first = behind.blocks.findIndex(({ hash }) => !this.#acknowledged.has(hash))
    for (const block of behind.blocks.slice(Math.max(0, first - 2))) if (!(await this.#offer(node, block))) break
    await killed
    this.#tally.kills++
  }

  /** Offers all there is: then the heaviest branch is active, and the ledger is that of a replay. */
  async checkAll(): Promise<void> {
    const node = await this.#start()
    await this.#checkAcknowledged(node)
    for (const { blocks } of this.#branches) for (const block of blocks) await this.#offer(node, block)
    const [ahead] = this.#ranked()
    await this.#expectTip(node, [ahead.blocks.at(-1)!.hash])
    await this.#expectBalances(node, ahead.ledger)
    await node.stop()
    this.#node = undefined
    execFileSync(process.execPath, [
      BIN,
      'verify',
      '--json',
      '--network',
      'dev',
      '--port',
      String(this.#port),
      '--data-dir',
      this.folder,
    ])
  }

  async close(): Promise<void> {
    await this.#node?.kill()
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }

  async #start(): Promise<ServedNode> {
    this.#node = await ServedNode.start(this.folder, this.#port, ['--network', 'dev'])
    return this.#node
  }

  /** What was answered for is there, and the tip ends the heaviest of it, with the ledger of a replay. */
  async #checkAcknowledged(node: ServedNode): Promise<void> {
    if (this.#acknowledged.size === 0) return
    for (const block of this.#dice.shuffled([...this.#acknowledged.values()]).slice(0, 10)) {
      const { outcome } = await node.post<{ outcome: string }>('/api/blocks', block)
      if (outcome !== 'known') throw new Error(`block ${block.hash} was acknowledged, and is ${outcome} now`)
      this.#tally.known++
    }
    const { tip } = await node.get<{ tip: string }>('/api/status')
    const branch = this.#branches.find(({ blocks }) => blocks.some(({ hash }) => hash === tip))
    const height = branch?.blocks.findIndex(({ hash }) => hash === tip)
    if (branch === undefined || height === undefined) throw new Error(`the tip ${tip} is no block that was offered`)
    const most = Math.max(...[...this.#acknowledged.values()].map(({ index }) => index))
    // Blocks that were stored and not answered for may be there as well.
    if (height + 2 < most) throw new Error(`the tip is block ${height + 2}, and block ${most} was acknowledged`)
    const ledger = NaiveLedger.after(branch.blocks.slice(0, height + 1))
    await this.#expectBalances(node, ledger!)
  }

  /** @returns whether the node answered */
  async #offer(node: ServedNode, block: PlainSecureBlock): Promise<boolean> {
    const before = this.#activeBranch
    let outcome: string
    try {
      ;({ outcome } = await node.post<{ outcome: string }>('/api/blocks', block))
    } catch (error) {
      // Killed in the middle of it, which is all that may go wrong.
      if (error instanceof Error && error.message.includes(' answered ')) throw error
      return false
    }
    if (outcome === 'waiting') throw new Error(`block ${block.index} waits for a block that was offered before it`)
    this.#acknowledged.set(block.hash, block)
    if (outcome === 'active' || outcome === 'side') this.#tally[outcome]++
    if (outcome === 'active') {
      this.#activeBranch = this.#branches.find(({ blocks }) => blocks.includes(block))
      if (before !== undefined && before !== this.#activeBranch) this.#tally.switches++
    }
    return true
  }

  #activeBranch: Branch | undefined

  #ranked(): [ahead: Branch, behind: Branch] {
    const [one, two] = this.#branches
    return one.blocks.length >= two.blocks.length ? [one, two] : [two, one]
  }

  #grow(branch: Branch): void {
    const transfers: TransferFields[] = []
    for (let i = this.#dice.below(4); i > 0; i--) {
      const from = this.#dice.one(HOLDERS)
      const { balance, nonce } = branch.ledger.of(from.address)
      if (balance < 1000n) continue
      const amount = 1 + this.#dice.below(Number(balance) / 2)
      const transfer = from.pay(this.#dice.one(HOLDERS).address, { amount, fee: this.#dice.below(10), nonce })
      branch.ledger.pay(transfer)
      transfers.push(transfer)
    }
    const last = branch.blocks.at(-1)
    const parent = last === undefined ? DEV_RULES.genesis() : decodeSecure(last)
    const block = nextBlock(parent, {
      miner: this.#dice.one(HOLDERS).address,
      transfers,
      after: 1 + this.#dice.below(2),
    })
    const [coinbase] = block.transactions
    branch.ledger.reward(coinbase!)
    branch.blocks.push(block)
    this.#tally.transfers += transfers.length
  }

  async #expectTip(node: ServedNode, tips: readonly string[]): Promise<void> {
    const { tip } = await node.get<{ tip: string }>('/api/status')
    if (!tips.includes(tip)) throw new Error(`the tip is ${tip}, not ${tips}`)
  }

  async #expectBalances(node: ServedNode, ledger: NaiveLedger): Promise<void> {
    for (const { address } of HOLDERS) {
      const { amount, length } = await node.get<{ amount: string; length: number }>(`/api/balance?address=${address}`)
      const [whole, fraction = ''] = amount.split('.')
      const grains = BigInt(whole + fraction.padEnd(8, '0'))
      if (grains !== ledger.of(address).balance)
        throw new Error(`${address} has ${grains}, not ${ledger.of(address).balance}`)
      if (ledger.supply !== SUBSIDY * BigInt(length - 1))
        throw new Error(`there are ${ledger.supply} grains after ${length} blocks`)
    }
  }
}

function emptyBranch(): Branch {
  return { blocks: [], ledger: new NaiveLedger() }
}

export const reorganisationPart: Part = {
  name: 'reorganisation',
  title: 'killed while it reorganises, a node has what it answered for and ends up with the most work',
  cycles: 300,
  run: reorganisation,
}
