import { beforeEach, describe, expect, test } from 'vitest'
import type { ChainTools } from '../../../src/chain/block-checker.js'
import { BlockTree, type Offered } from '../../../src/chain/block-tree.js'
import { isReject } from '../../../src/consensus/reject.js'
import type { SecureBlock } from '../../../src/consensus/secure/block.js'
import { SECURE } from '../../../src/consensus/secure/definition.js'
import { SecureRules } from '../../../src/consensus/secure/rules.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { firstFaultOf } from '../../../src/verification/first-fault.js'
import { ChainDesk } from '../../support/chain-desk.js'
import {
  DEV_RULES,
  decodeSecure,
  Holder,
  hashed,
  nextBlock,
  type PlainSecureBlock,
  printed,
  secureChain,
} from '../../support/secure.js'

const alice = new Holder(1)
const bob = new Holder(2)
const carol = new Holder(3)

let store: MemoryStore
let desk: ChainDesk<SecureBlock>
let tree: BlockTree<SecureBlock>
let genesis: SecureBlock
let now: number
/** How often signatures were checked. */
let checks: number

const tools: ChainTools = {
  now: () => now,
  firstFault: async (signatures) => {
    checks++
    return firstFaultOf(signatures)
  },
}

async function open(): Promise<void> {
  desk = await ChainDesk.open(store, DEV_RULES, { tools })
  tree = BlockTree.of(desk.chain, DEV_RULES, tools, {
    append: (block) => desk.appendChecked(block),
    adopt: (branch) => desk.adopt(branch) as ReturnType<typeof desk.chain.adopt>,
  })!
}

beforeEach(async () => {
  store = new MemoryStore()
  now = 1_900_000_000
  checks = 0
  await open()
  genesis = DEV_RULES.genesis()
})

/** So many blocks on top of another, of one miner. */
function grow(from: SecureBlock, count: number, miner: Holder, after = 1): SecureBlock[] {
  return secureChain(
    from,
    Array.from({ length: count }, () => ({ miner: miner.address, after })),
  )
}

async function offer(...blocks: readonly SecureBlock[]): Promise<Offered['outcome'][]> {
  const outcomes: Offered['outcome'][] = []
  for (const block of blocks) outcomes.push((await tree.offer(block)).outcome)
  return outcomes
}

function refusalOf(offered: Offered): { code: string; fault: string } | undefined {
  return 'refusal' in offered ? { code: offered.refusal.code, fault: offered.refusal.fault } : undefined
}

test('bad-cb-height of a block whose parent is not known: nobody but the sender is at fault, and the true one is taken', async () => {
  const [first, second] = grow(genesis, 2, alice) as [SecureBlock, SecureBlock]
  const plain = JSON.parse(Buffer.from(second.encoded).toString()) as PlainSecureBlock
  const moved = decodeSecure({ ...plain, index: 4 })
  expect(refusalOf(await tree.offer(moved))).toEqual({ code: 'bad-cb-height', fault: 'sender' })
  expect(tree.invalidOf(second.hash)).toBeUndefined()
  expect(await offer(second, first)).toEqual(['waiting', 'active'])
  expect(desk.chain.tip.block.hash).toBe(second.hash)
})

test('what is remembered of a refused block is small, however large that was', async () => {
  const [block] = secureChain(genesis, [{ miner: 'x'.repeat(900_000) }]) as [SecureBlock]
  expect(refusalOf(await tree.offer(block))).toEqual({ code: 'bad-address', fault: 'block' })
  expect(JSON.stringify(tree.invalidOf(block.hash)).length).toBeLessThan(1_000)
})

test('of a branch that the ledger refuses nothing stays in the store', async () => {
  await offer(...grow(genesis, 3, alice))
  const side = grow(genesis, 3, bob)
  expect(await offer(...side)).toEqual(['side', 'side', 'side'])
  const stored = async (): Promise<string[]> => {
    const keys: string[] = []
    for await (const page of store.entries({ from: new Uint8Array(), to: new Uint8Array(8).fill(0xff) })) {
      for (const [key] of page) keys.push(Buffer.from(key).toString('hex'))
    }
    return keys
  }
  const before = await stored()
  const [poor] = secureChain(side[2]!, [{ miner: bob.address, transfers: [carol.pay(bob.address)] }])
  expect(await offer(poor!)).toEqual(['refused'])
  expect(await stored()).toEqual(before)
})

describe('the choice', () => {
  test('the chain of the most work is active, of equal ones the first, also after opening again', async () => {
    const [ours, theirs] = [grow(genesis, 3, alice), grow(genesis, 4, bob)]
    expect(await offer(...ours)).toEqual(['active', 'active', 'active'])
    expect(await offer(...theirs.slice(0, 3))).toEqual(['side', 'side', 'side'])
    expect(desk.chain.tip.block.hash).toBe(ours[2]!.hash)
    await open()
    await tree.settle()
    expect(desk.chain.tip.block.hash).toBe(ours[2]!.hash)
    expect(await offer(theirs[3]!)).toEqual(['active'])
    expect(desk.chain.tip.block.hash).toBe(theirs[3]!.hash)
    expect(await offer(theirs[3]!, ours[0]!, theirs[0]!)).toEqual(['known', 'known', 'known'])
  })

  test('what was taken back is kept, and becomes active again when it is continued', async () => {
    const ours = grow(genesis, 3, alice)
    await offer(...ours, ...grow(genesis, 4, bob))
    const more = grow(ours[2]!, 2, carol)
    expect(await offer(...more)).toEqual(['side', 'active'])
    expect(await desk.hashes()).toEqual([genesis, ...ours, ...more].map(({ hash }) => hash))
    expect(await desk.chain.verify(() => {})).toBeUndefined()
  })

  test('300 blocks give way to 301, and these to 302', { timeout: 60_000 }, async () => {
    const [ours, theirs] = [grow(genesis, 302, alice), grow(genesis, 301, bob)]
    await offer(...ours.slice(0, 300), ...theirs)
    expect(desk.chain.tip.height).toBe(302)
    await offer(...ours.slice(300))
    expect(desk.chain.tip.block.hash).toBe(ours[301]!.hash)
    expect((await desk.chain.balance(alice.address)).amount).toBe('15100')
    expect((await desk.chain.balance(bob.address)).amount).toBe('0')
  })

  test('a heavier chain that was stored and not switched to is active after opening', async () => {
    const [ours, theirs] = [grow(genesis, 2, alice), grow(genesis, 3, bob)]
    await offer(...ours)
    // As a process leaves it that ends behind the storing of the last block.
    let weight = 0n
    for (const block of theirs) {
      weight += DEV_RULES.weightOf(block)
      await desk.chain.sideBlocks!.keep(DEV_RULES, block, weight)
    }
    await open()
    await tree.settle()
    expect(desk.chain.tip.block.hash).toBe(theirs[2]!.hash)
  })
})

describe('order', () => {
  test('blocks may come in any order: the last one first', async () => {
    const blocks = grow(genesis, 5, alice)
    const outcomes = await offer(...blocks.toReversed())
    expect(outcomes).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'active'])
    expect(desk.chain.tip.height).toBe(6)
  })

  test('prev-blk-not-found is nobody’s fault; 100 blocks wait, and of more the first goes first', async () => {
    const blocks = grow(genesis, 102, alice)
    expect(refusalOf(await tree.offer(blocks[1]!))).toEqual({ code: 'prev-blk-not-found', fault: 'unsure' })
    await offer(...blocks.slice(2))
    await offer(blocks[0]!)
    // Block 3 had to go: those behind it wait for it.
    expect(desk.chain.tip.height).toBe(2)
    await offer(blocks[1]!)
    expect(desk.chain.tip.height).toBe(103)
  })

  test('what waits must have its work and what its header says: a stranger fills no memory for nothing', async () => {
    const [, , third] = grow(genesis, 3, alice)
    const plain = JSON.parse(Buffer.from(third!.encoded).toString()) as PlainSecureBlock
    let { proof } = plain
    let lazy: SecureBlock
    // Each proof has work enough or not, as a coin falls.
    do lazy = decodeSecure(hashed({ ...plain, proof: ++proof }))
    while (DEV_RULES.checkAlone(lazy) === undefined)
    const wrongRoot = decodeSecure({ ...plain, extra_nonce: '00000000000000ff' })
    expect(refusalOf(await tree.offer(wrongRoot))?.code).toBe('bad-txnmrklroot')
    expect(refusalOf(await tree.offer(lazy))?.code).toBe('high-hash')
    // The true block may still come.
    expect(refusalOf(await tree.offer(third!))?.code).toBe('prev-blk-not-found')
  })

  test('time-too-new: held, and active when it is due; never remembered as invalid', async () => {
    const [block] = grow(genesis, 1, alice, 1000)
    now = genesis.header.timestamp + 1000 - 86_400 - 10
    expect(refusalOf(await tree.offer(block!))).toEqual({ code: 'time-too-new', fault: 'unsure' })
    expect(tree.nextDue).toBe(now + 10)
    now += 9
    await tree.offerDue()
    expect(desk.chain.tip.height).toBe(1)
    now += 1
    await tree.offerDue()
    expect(desk.chain.tip.height).toBe(2)
    expect(tree.nextDue).toBeUndefined()
  })
})

describe('blame', () => {
  test('a block that can never be valid is known again without a look at it; what follows it is bad-prevblk', async () => {
    await offer(...grow(genesis, 1, alice))
    const forged = { ...alice.pay(bob.address), signature: 'ab'.repeat(64) }
    const tip = desk.chain.tip.block
    const block = decodeSecure(nextBlock(tip, { miner: bob.address, transfers: [forged] }))
    expect(refusalOf(await tree.offer(block))).toEqual({ code: 'bad-signature', fault: 'block' })
    const before = checks
    expect(refusalOf(await tree.offer(block))).toEqual({ code: 'bad-signature', fault: 'block' })
    expect(checks).toBe(before)
    const [child] = grow(block, 1, bob)
    expect(refusalOf(await tree.offer(child!))).toEqual({ code: 'bad-prevblk', fault: 'block' })
  })

  test('a wrong body under a true header is its sender’s fault: the true body is taken from the next', async () => {
    await offer(...grow(genesis, 1, alice))
    const transfers = [alice.pay(bob.address), alice.pay(carol.address, { nonce: 1 })]
    const plain = nextBlock(desk.chain.tip.block, { miner: bob.address, transfers })
    const { transactions } = plain
    const without = decodeSecure({ ...plain, transactions: transactions.slice(0, 2) })
    const doubled = decodeSecure({ ...plain, transactions: [...transactions, transactions.at(-1)!] })
    expect(refusalOf(await tree.offer(without))).toEqual({ code: 'bad-txnmrklroot', fault: 'sender' })
    expect(refusalOf(await tree.offer(doubled))).toEqual({ code: 'bad-txns-duplicate', fault: 'sender' })
    expect(await offer(decodeSecure(plain))).toEqual(['active'])
  })

  test('an invalid block in the middle of a heavier branch: what comes before it counts, what follows it is forgotten', async () => {
    await offer(...grow(genesis, 2, alice))
    const start = grow(genesis, 3, bob)
    // Carol has nothing: the ledger finds out when the branch is to become active.
    const bad = decodeSecure(nextBlock(start[2]!, { miner: bob.address, transfers: [carol.pay(bob.address)] }))
    const after = grow(bad, 3, bob)
    // All wait for the first, so that the whole branch is there at once.
    await offer(...after.toReversed(), bad, ...start.slice(1).toReversed(), start[0]!)
    expect(desk.chain.tip.block.hash).toBe(start[2]!.hash)
    expect(refusalOf(await tree.offer(bad))?.code).toBe('insufficient-funds')
    expect(refusalOf(await tree.offer(after[2]!))?.code).toBe('bad-prevblk')
    expect(desk.chain.sideBlocks!.get(after[0]!.hash)).toBeUndefined()
    expect(await desk.chain.verify(() => {})).toBeUndefined()
  })

  test('bad-genesis: the first block of another network', async () => {
    const other = DEV_RULES.decodeBlock(
      printed(JSON.parse(Buffer.from(new SecureRules(SECURE).genesis().encoded).toString())),
    )
    if (isReject(other)) throw new Error(other.message)
    expect(refusalOf(await tree.offer(other))?.code).toBe('bad-genesis')
  })
})
