import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChainStore } from '../../src/chain/store.js'
import type { TutorialBlock } from '../../src/consensus/tutorial/block.js'
import { REFERENCE } from '../../src/mining/candidate-search.js'
import { parseJson } from '../../src/primitives/json/value.js'
import { MemoryStore } from '../../src/storage/memory-store.js'
import { ChainDesk } from '../support/chain-desk.js'
import { openLevelDb } from '../support/stores.js'
import { EASY, encoded, pay, textsOf } from '../support/tutorial.js'

/** Few payments, so that equal ones are common: in one block, in several, and pending besides. */
const PAYMENTS = [pay('a', 'b', 1), pay('b', 'a', 0.5), pay('a', 'c', 0.1), pay('c', 'a', 20), pay('b', 'c', 0.2)]
const NAMES = ['a', 'b', 'c', 'me', 'other']
const TEXTS = PAYMENTS.map((payment) => textsOf([encoded(payment)])[0]!)

type Step =
  | { kind: 'arrive'; payments: number[] }
  | { kind: 'mine'; taken: number }
  | { kind: 'receive'; payments: number[] }
  | { kind: 'offer'; fork: number; blocks: number[][]; chunk: number; asSuffix: boolean }
  | { kind: 'reopen' }

const payments = fc.array(fc.nat({ max: PAYMENTS.length - 1 }), { maxLength: 4 })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('arrive' as const), payments }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('mine' as const), taken: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('receive' as const), payments }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('offer' as const),
      fork: fc.nat(),
      blocks: fc.array(payments, { maxLength: 5 }),
      chunk: fc.integer({ min: 1, max: 6 }),
      asSuffix: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

/** One block of the model: what it holds is indexes of `PAYMENTS`. */
interface ModelBlock {
  readonly block: TutorialBlock
  readonly mined: boolean
  readonly payments: readonly number[]
  readonly rewarded: string
}

/** What a chain and its pending transactions are, as arrays. */
class Model {
  chain: ModelBlock[]
  pending: number[] = []

  constructor(genesis: TutorialBlock) {
    this.chain = [{ block: genesis, mined: true, payments: [], rewarded: '' }]
  }

  /** Cents of cents, so that the sums are exact. */
  balance(name: string): number {
    let sum = 0
    for (const { payments, rewarded } of this.chain) {
      if (rewarded === name) sum += 10
      for (const { sender, recipient, amount } of payments.map((index) => PAYMENTS[index]!)) {
        if (sender === name) sum -= amount * 10
        if (recipient === name) sum += amount * 10
      }
    }
    return Math.round(sum) / 10
  }

  confirm(block: ModelBlock): void {
    this.chain.push(block)
    this.pending = without(this.pending, block.payments)
  }

  replace(chain: ModelBlock[]): void {
    const hashes = new Set(chain.map(({ block }) => block.hash))
    let shared = 0
    while (this.chain[shared]?.block.hash === chain[shared]?.block.hash && shared < chain.length) shared++
    const abandoned = this.chain.slice(shared)
    const ours = abandoned.filter(({ mined }) => mined).flatMap(({ payments }) => payments)
    const others = abandoned.filter(({ mined }) => !mined).flatMap(({ payments }) => payments)
    const confirmed = chain.slice(shared).flatMap(({ payments }) => payments)
    this.pending = without([...ours, ...others, ...this.pending], confirmed)
    this.chain = chain.map((placed, i) => (i < shared ? this.chain[i]! : { ...placed, mined: false }))
    expect(hashes.size).toBe(chain.length)
  }
}

/** Takes off the first of each that is confirmed, as often as it is. */
function without(all: readonly number[], confirmed: readonly number[]): number[] {
  const left = [...confirmed]
  return all.filter((payment) => {
    const at = left.indexOf(payment)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

let clock = 1_600_000_000

/** The next block: no two are ever alike. */
function next(parent: ModelBlock, height: number, payments: readonly number[], rewarded: string): ModelBlock {
  const transactions = payments.map((index) => encoded(PAYMENTS[index]!))
  const template = EASY.template(parent.block, height, () => ({ transactions, recipient: rewarded, time: ++clock }))
  const solution = REFERENCE.begin(template.job).search(0, 10_000)!
  return { block: template.seal(solution), mined: false, payments, rewarded }
}

async function run(steps: readonly Step[], store: ChainStore): Promise<void> {
  let desk = await ChainDesk.open(store, EASY, { now: ++clock })
  const model = new Model(desk.chain.tip.block)
  for (const step of steps) {
    const tip = model.chain.at(-1)!
    if (step.kind === 'arrive') {
      await desk.arrive(...step.payments.map((i) => parseJson(encoded(PAYMENTS[i]!), { maxDepth: 5, maxBytes: 1000 })))
      model.pending.push(...step.payments)
    } else if (step.kind === 'mine') {
      const block = { ...next(tip, model.chain.length, model.pending.slice(0, step.taken), 'me'), mined: true }
      expect(await desk.append(block.block, true)).toBeUndefined()
      model.confirm(block)
    } else if (step.kind === 'receive') {
      const block = next(tip, model.chain.length, step.payments, 'other')
      expect(await desk.append(block.block)).toBeUndefined()
      model.confirm(block)
    } else if (step.kind === 'offer') {
      const chain = offered(model, step)
      const isLonger = chain.length > model.chain.length
      const outcome = await desk.offer(
        chain.map(({ block }) => block),
        step.chunk,
      )
      expect(outcome).toBe(isLonger ? undefined : 'not-heavier')
      if (isLonger) model.replace(chain)
    } else {
      desk = await ChainDesk.open(store, EASY)
    }
    await expectEqual(desk, model)
  }
}

/** A chain that shares some blocks with ours, at their heights or, as a suffix of ours, at others. */
function offered(model: Model, { fork, blocks, asSuffix }: Step & { kind: 'offer' }): ModelBlock[] {
  const at = fork % (model.chain.length + 1)
  const chain = asSuffix ? model.chain.slice(at) : model.chain.slice(0, at)
  if (chain.length === 0) chain.push({ block: EASY.genesis(++clock), mined: false, payments: [], rewarded: '' })
  for (const payments of blocks) chain.push(next(chain.at(-1)!, chain.length, payments, 'other'))
  // A suffix is short: it takes a few blocks more to be longer than ours.
  while (asSuffix && chain.length <= model.chain.length && blocks.length > 2)
    chain.push(next(chain.at(-1)!, chain.length, [], 'other'))
  return chain
}

async function expectEqual(desk: ChainDesk<TutorialBlock>, model: Model): Promise<void> {
  expect(await desk.hashes()).toEqual(model.chain.map(({ block }) => block.hash))
  expect(desk.chain.tip.height).toBe(model.chain.length)
  expect((await desk.blocks()).map(({ mined }) => mined)).toEqual(model.chain.map(({ mined }) => mined))
  expect(textsOf(desk.mempool.first(1_000))).toEqual(model.pending.map((index) => TEXTS[index]))
  for (const name of NAMES) {
    expect(await desk.chain.balance(name)).toMatchObject({ amount: String(model.balance(name)), uncounted: 0 })
  }
}

describe('any sequence of arrivals, blocks, adoptions and restarts equals arrays', () => {
  test('in memory: balances, heights, pending; no transaction is lost or doubled', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), (steps) => run(steps, new MemoryStore())),
      { numRuns: 200 },
    )
  })

  test('in LevelDB as well', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) =>
        run(steps, await openLevelDb()),
      ),
      { numRuns: 8, endOnFailure: true },
    )
  })
})
