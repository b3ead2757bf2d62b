import { expect, test } from 'vitest'
import { networkNamed } from '../../src/consensus/networks.js'
import { isReject } from '../../src/consensus/reject.js'
import type { Block } from '../../src/consensus/rules.js'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import type { TransferFields } from '../../src/consensus/secure/transaction.js'
import type { Node } from '../../src/node/node.js'
import { utf8 } from '../../src/primitives/bytes.js'
import { parseJson, readCanonicalJson } from '../../src/primitives/json/value.js'
import { MemoryStore } from '../../src/storage/memory-store.js'
import { Dice } from '../support/dice.js'
import { NaiveLedger } from '../support/naive-ledger.js'
import { DEV_RULES, Holder, nextBlock, type PlainSecureBlock, printed } from '../support/secure.js'
import { openIdleNode } from '../support/test-node.js'

/** Forks, orders of arrival, reorganisations and restarts: so many random courses of events. FORK_SEQUENCES asks for more. */
const SEQUENCES = Number(process.env.FORK_SEQUENCES ?? 500)
const SEED = Number(process.env.FORK_SEED ?? 1)
/** Side by side with others in one test: each has a time limit. */
const GROUP = 50

const DEV = networkNamed('dev')!
const HOLDERS = [1, 2, 3].map((seed) => new Holder(seed))

/** A block, and what the model knows of it. */
interface Known {
  readonly plain: PlainSecureBlock
  readonly parent: Known | undefined
  readonly height: number
  /** The ledger after it; undefined where its chain is not valid. */
  readonly ledger: NaiveLedger | undefined
}

/** One course of events, made of a seed. */
class Course {
  readonly #dice: Dice
  readonly #genesis: Known
  /** All blocks there are, parents first. */
  readonly #blocks: Known[]
  readonly #store = new MemoryStore()
  #node!: Node<Block>
  /** By hash: connected to the genesis by blocks that arrived. */
  #arrived = new Set<string>()
  /** Those that wait for a parent; a restart forgets them. */
  #waiting = new Set<Known>()
  #tip: Known
  readonly #accepted = new Map<string, TransferFields>()
  readonly #dropped = new Set<string>()
  #listening: Promise<void> | undefined

  constructor(seed: number) {
    this.#dice = new Dice(seed)
    const block = DEV_RULES.genesis()
    const plain = JSON.parse(Buffer.from(block.encoded).toString()) as PlainSecureBlock
    this.#genesis = { plain, parent: undefined, height: 1, ledger: new NaiveLedger() }
    this.#blocks = [this.#genesis]
    this.#tip = this.#genesis
    this.#arrived.add(plain.hash)
  }

  async run(): Promise<void> {
    await this.#open(true)
    const steps = 10 + this.#dice.below(60)
    for (let step = 0; step < steps; step++) {
      const kind = this.#dice.below(100)
      if (kind < 40) await this.#grow()
      else if (kind < 75)
        await this.#deliver(this.#dice.one(this.#dice.chance(0.8) ? this.#undelivered() : this.#blocks))
      else if (kind < 95) await this.#submitPayment()
      else await this.#restart()
    }
    for (const known of this.#blocks) await this.#deliver(known)
    await this.#checkPending()
    expect(await this.#node.verify(() => {})).toBeUndefined()
    await this.#close()
  }

  #undelivered(): Known[] {
    const left = this.#blocks.filter((known) => !this.#arrived.has(known.plain.hash) && !this.#waiting.has(known))
    // A block of the longest chain there is may be the one that has everything change.
    return left.length === 0 ? this.#blocks : left
  }

  /** One block more, on any of those there are, more often than not on one of the last; with what is pending, and other transfers. */
  async #grow(): Promise<void> {
    const last = this.#blocks.filter(({ ledger }) => ledger !== undefined).slice(-4)
    const parent = this.#dice.one(this.#dice.chance(0.85) ? last : this.#blocks)
    const ledger = parent.ledger && cloneOf(parent)
    const transfers: TransferFields[] = []
    if (this.#dice.chance(0.5)) {
      for (const pending of await this.#pending()) if (ledger?.pay(pending)) transfers.push(pending)
    }
    for (let i = this.#dice.below(3); i > 0; i--) {
      const transfer = this.#transfer(ledger)
      ledger?.pay(transfer)
      transfers.push(transfer)
    }
    const miner = this.#dice.one(HOLDERS).address
    const plain = nextBlock(decoded(parent), { miner, transfers, after: 1 + this.#dice.below(3) })
    // The same once more: chance has made it before.
    if (this.#blocks.some((known) => known.plain.hash === plain.hash)) return
    const after = parent.ledger && NaiveLedger.after([...chainOf(parent).slice(1), { plain }].map((each) => each.plain))
    this.#blocks.push({ plain, parent, height: parent.height + 1, ledger: after })
  }

  /** By somebody who mostly has the coins and counts right. */
  #transfer(ledger: NaiveLedger | undefined): TransferFields {
    const from = this.#dice.one(HOLDERS)
    const { balance, nonce } = ledger?.of(from.address) ?? { balance: 0n, nonce: 0 }
    const amount =
      this.#dice.chance(0.98) && balance > 5_000n
        ? 1 + this.#dice.below(Number(balance) - 2_000)
        : 1 + this.#dice.below(9e9)
    const counted = this.#dice.chance(0.98) ? nonce : nonce + 1 - this.#dice.below(3)
    return from.pay(this.#dice.one(HOLDERS).address, {
      amount,
      fee: 1_000 + this.#dice.below(5),
      nonce: Math.max(0, counted),
    })
  }

  async #submitPayment(): Promise<void> {
    const ledger = cloneOf(this.#tip)
    for (const pending of await this.#pending()) ledger.pay(pending)
    const fields = this.#transfer(ledger)
    const isPayable = ledger.pay(fields)
    const request = parseJson(utf8(JSON.stringify(fields)), DEV_RULES.blockLimits)
    const submitted = await this.#node.submitPayment(request).then(
      () => true,
      () => false,
    )
    expect(submitted).toBe(isPayable)
    const encoded = DEV_RULES.decodeTransaction(request)
    if (submitted && !isReject(encoded)) this.#accepted.set(DEV_RULES.transactionId(encoded), fields)
  }

  async #deliver(known: Known): Promise<void> {
    await this.#node.submitBlock(readCanonicalJson(printed(known.plain))).catch((error) => {
      // Only what the ledger does not take, or what follows it, is refused: none of these blocks has another fault.
      expect(known.ledger, `${error.code}: ${error.message}`).toBeUndefined()
      expect(['bad-nonce', 'insufficient-funds', 'bad-prevblk']).toContain(error.code)
    })
    this.#arrive(known)
    await this.#check()
  }

  #arrive(known: Known): void {
    if (known.parent !== undefined && !this.#arrived.has(known.parent.plain.hash)) {
      this.#waiting.add(known)
      return
    }
    this.#arrived.add(known.plain.hash)
    for (const child of [...this.#waiting]) {
      if (child.parent !== known) continue
      this.#waiting.delete(child)
      this.#arrive(child)
    }
  }

  /** The tip ends one of the heaviest valid chains, the first of them, and the ledger is what a replay of it gives. */
  async #check(): Promise<void> {
    const { tip } = await this.#node.status()
    const valid = this.#blocks.filter(({ plain, ledger }) => ledger !== undefined && this.#arrived.has(plain.hash))
    const most = Math.max(...valid.map(({ height }) => height))
    const now = valid.find(({ plain }) => plain.hash === tip)
    // All targets are the same: the longest chain has the most work.
    expect(now?.height).toBe(most)
    if (this.#tip.height === most) expect(tip).toBe(this.#tip.plain.hash)
    this.#tip = now!
    for (const { address } of HOLDERS) {
      const { amount } = await this.#node.balance(address)
      expect(grains(amount)).toBe(now!.ledger!.of(address).balance)
    }
    expect(now!.ledger!.supply).toBe(5_000_000_000n * BigInt(most - 1))
  }

  /** What was accepted is in the chain, pending, or was reported; what is pending can be paid, all of it. */
  async #checkPending(): Promise<void> {
    const ledger = cloneOf(this.#tip)
    const pending = await this.#pending()
    for (const transfer of pending) expect(ledger.pay(transfer)).toBe(true)
    await this.#close()
    const there = new Set(
      [...chainOf(this.#tip).flatMap(({ plain }) => plain.transactions), ...pending].map(signatureOf),
    )
    for (const [id, transfer] of this.#accepted) {
      expect(there.has(signatureOf(transfer)) || this.#dropped.has(id), `transfer ${id} is lost`).toBe(true)
    }
    await this.#open(false)
    expect(await this.#pending()).toEqual(pending)
    await this.#check()
  }

  async #pending(): Promise<TransferFields[]> {
    const { transactions } = await this.#node.pending({ limit: 1000 })
    return transactions.map((each) => JSON.parse(Buffer.from(printedJson(each)).toString()) as TransferFields)
  }

  async #restart(): Promise<void> {
    await this.#close()
    this.#waiting.clear()
    await this.#open(false)
    await this.#check()
  }

  async #open(isNew: boolean): Promise<void> {
    this.#node = await openIdleNode(DEV, this.#store, isNew)
    const events = this.#node.events()
    this.#listening = (async () => {
      for await (const { event } of events) if (event.type === 'transaction-dropped') this.#dropped.add(event.id)
    })()
  }

  async #close(): Promise<void> {
    await this.#node.close()
    await this.#listening
  }
}

function chainOf(known: Known): Known[] {
  return known.parent === undefined ? [known] : [...chainOf(known.parent), known]
}

function cloneOf(known: Known): NaiveLedger {
  return NaiveLedger.after(
    chainOf(known)
      .slice(1)
      .map(({ plain }) => plain),
  )!
}

function decoded({ plain }: Known): SecureBlock {
  return DEV_RULES.readBlock(printed(plain))
}

function printedJson(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value, (_key, each) => (each?.text === undefined ? each : Number(each.text))))
}

function signatureOf(transaction: object): string {
  return 'signature' in transaction ? String(transaction.signature) : ''
}

function grains(coins: string): bigint {
  const [whole, fraction = ''] = coins.split('.')
  return BigInt(whole + fraction.padEnd(8, '0'))
}

test.each(Array.from({ length: Math.ceil(SEQUENCES / GROUP) }, (_, group) => group))(
  'the heaviest valid chain is active, its ledger is that of a replay, and no transfer is lost: courses from %i × 50 on',
  { timeout: 120_000 },
  async (group) => {
    for (let i = group * GROUP; i < Math.min(SEQUENCES, (group + 1) * GROUP); i++) {
      const seed = SEED * 1_000_003 + i
      await new Course(seed).run().catch((error) => {
        throw new Error(`course of seed ${seed}`, { cause: error })
      })
    }
  },
)
