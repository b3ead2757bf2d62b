import { beforeEach, expect, test } from 'vitest'
import { textOf, utf8 } from '../../../src/primitives/bytes.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { ChainDesk } from '../../support/chain-desk.js'
import { DEV_RULES, Holder, secureChain } from '../../support/secure.js'

/** What the index of the active chain holds more where blocks beside the chain are kept: each block's header, and the work up to it. */

const ACTIVE_3 = Uint8Array.of(0x41, 0, 0, 0, 3)
const TIP = utf8('T')
/** Branch, mark of our miner, hash; then the length of the header. */
const HEADER_AT = 4 + 1 + 32 + 1

const miner = new Holder(1).address
const blocks = secureChain(DEV_RULES.genesis(), [{ miner }, { miner }, { miner }])
let store: MemoryStore
let desk: ChainDesk<(typeof blocks)[number]>

beforeEach(async () => {
  store = new MemoryStore()
  desk = await ChainDesk.open(store, DEV_RULES)
  await desk.extend(blocks)
})

test('headers are there without the blocks', async () => {
  const headers = blocks.map(({ encoded }) => DEV_RULES.headerOf(DEV_RULES.readBlock(encoded)))
  expect(await desk.chain.reader.headers(2, 5)).toEqual(headers)
  expect(await desk.chain.reader.headers(5, 5)).toEqual([])
  await expect(desk.chain.reader.headers(4, 6)).rejects.toThrow('block 5 is missing from the index')
})

test.each([
  ['header', HEADER_AT, 'its header is not found again'],
  ['work', HEADER_AT + 80, 'the chain up to it weighs 4, not '],
])('verify finds another %s than the block gives', async (_what, at, message) => {
  expect(await desk.chain.verify(() => {})).toBeUndefined()
  const record = (await store.get(ACTIVE_3))!.slice()
  record[at]! ^= 1
  await store.write([{ key: ACTIVE_3, value: record }])
  expect(await desk.chain.verify(() => {})).toMatchObject({ height: 3, message: expect.stringContaining(message) })
})

test('a store of before there were headers is not opened', async () => {
  const tip = JSON.parse(textOf((await store.get(TIP))!))
  expect(tip.format).toBe(3)
  await store.write([{ key: TIP, value: utf8(JSON.stringify({ ...tip, format: 2 })) }])
  const message = 'the store has format 2, and this version of the program reads format 3'
  await expect(ChainDesk.open(store, DEV_RULES)).rejects.toThrow(message)
})
