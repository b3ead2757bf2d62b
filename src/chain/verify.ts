import { isReject, type Reject, rejectText } from '../consensus/reject.js'
import type { Block, Ledger, Rules } from '../consensus/rules.js'
import { hexOf } from '../primitives/bytes.js'
import { BlockChecker, type ChainTools } from './block-checker.js'
import { ChainReader } from './chain-reader.js'
import { LEDGER_RANGE, ledgerKey, placeRange, readPlaceKey, TIP_KEY } from './layout.js'
import { type ActiveRecord, decodeTip, formatOf } from './records.js'
import type { StoreReader } from './store.js'
import { placeChanges } from './transaction-index.js'

/** What is wrong with a store, and where. */
export interface Fault {
  /** The block at fault; undefined where it is what was made of the blocks. */
  readonly height: number | undefined
  readonly message: string
}

const WHOLE_INDEX = { from: new Uint8Array(0), to: new Uint8Array(65).fill(0xff) }

/**
 * Reads everything that a store holds of the active chain: replays it from the first block on, and compares with that the weight, the
 * index of transactions and the ledger. What it needs of memory grows with the addresses, not with the blocks.
 * @param store a snapshot
 * @returns the first fault
 * @throws StoreDamaged where a record is missing or its checksum wrong
 */
export async function verifyStore<B extends Block>(
  store: StoreReader,
  rules: Rules<B>,
  tools: ChainTools,
  onBlock: (height: number, length: number) => void,
): Promise<Fault | undefined> {
  const tip = decodeTip((await store.get(TIP_KEY))!, formatOf(rules))
  const reader = new ChainReader(store, rules)
  const values = new Map<string, Uint8Array | undefined>()
  const ledger: Ledger = { get: (key) => values.get(key), set: (key, value) => void values.set(key, value) }
  const now = tools.now()
  const checker = new BlockChecker(
    rules,
    { now: () => now, firstFault: (checks) => tools.firstFault(checks) },
    { parent: undefined, grandparent: undefined },
  )
  let weight = 0n
  let places = 0
  for await (const page of reader.encodedBlocks(1, tip.height + 1)) {
    const decoded = page.map(({ encoded }) => rules.decodeBlock(rules.blockJson(encoded)))
    // Whatever was decoded before the first that cannot be is judged before it.
    const unreadable = decoded.findIndex(isReject)
    const blocks = decoded.slice(0, unreadable < 0 ? undefined : unreadable) as B[]
    const refused = await checker.firstRefused(blocks)
    for (const [i, { height, record }] of page.entries()) {
      if (i === refused?.at) return { height, message: rejectText(refused.refusal) }
      if (i === unreadable) return { height, message: rejectText(decoded[i] as Reject) }
      const block = blocks[i]!
      if (block.hash !== record.hash) return { height, message: 'it is not the one that was stored' }
      const undo = rules.connectBlock(block, ledger)
      if (isReject(undo)) return { height, message: rejectText(undo) }
      if ((await reader.heightsWith(block.hash, 1))[0] !== height) {
        return { height, message: 'it is not found under its hash' }
      }
      const expected = placeChanges(rules, block, height, record.branch)
      const found = await store.getMany(expected.map(({ key }) => key))
      if (expected.some(({ value }, i) => found[i] === undefined || hexOf(found[i]) !== hexOf(value))) {
        return { height, message: 'its transactions are not found again' }
      }
      places += expected.length
      weight += rules.weightOf(block)
      const fault = faultInTree(rules, block, weight, record)
      if (fault !== undefined) return { height, message: fault }
      onBlock(height, tip.height)
    }
  }
  if (weight !== tip.weight) return { height: undefined, message: `the chain weighs ${weight}, not ${tip.weight}` }
  return (await checkIndexSize(store, reader, places)) ?? (await checkLedger(store, values))
}

function faultInTree<B extends Block>(
  { tree }: Rules<B>,
  block: B,
  weight: bigint,
  { inTree }: ActiveRecord,
): string | undefined {
  if (tree === undefined || inTree === undefined) return undefined
  if (inTree.weight !== weight) return `the chain up to it weighs ${weight}, not ${inTree.weight}`
  return hexOf(inTree.header) === hexOf(tree.headerOf(block)) ? undefined : 'its header is not found again'
}

/** Nothing may be found that is not there; what is gathered of other branches does not count. */
async function checkIndexSize<B extends Block>(
  store: StoreReader,
  reader: ChainReader<B>,
  expected: number,
): Promise<Fault | undefined> {
  let found = 0
  for await (const page of store.entries(placeRange(WHOLE_INDEX))) {
    for (const [key] of page) {
      const { height, branch } = readPlaceKey(key)
      if ((await reader.activeAt(height))?.branch === branch) found++
    }
  }
  if (found === expected) return undefined
  return { height: undefined, message: `the index has ${found} entries, and the chain gives ${expected}` }
}

async function checkLedger(
  store: StoreReader,
  replayed: ReadonlyMap<string, Uint8Array | undefined>,
): Promise<Fault | undefined> {
  const expected = new Map<string, string>()
  for (const [name, value] of replayed) if (value !== undefined) expected.set(hexOf(ledgerKey(name)), hexOf(value))
  for await (const page of store.entries(LEDGER_RANGE)) {
    for (const [key, value] of page) {
      const name = hexOf(key)
      if (expected.get(name) !== hexOf(value))
        return { height: undefined, message: 'a balance is not what the blocks give' }
      expected.delete(name)
    }
  }
  return expected.size === 0 ? undefined : { height: undefined, message: `${expected.size} balances are missing` }
}
