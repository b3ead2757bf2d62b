import { expect, test } from 'vitest'
import type { Chain, ChainSnapshot } from '../../../src/chain/chain.js'
import type { SecureBlock } from '../../../src/consensus/secure/block.js'
import { ChainQueries } from '../../../src/node/chain-queries.js'
import { utf8 } from '../../../src/primitives/bytes.js'
import { parseJson } from '../../../src/primitives/json/value.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { ChainDesk } from '../../support/chain-desk.js'
import { DEV_RULES, decodeSecure, Holder, nextBlock, secureChain } from '../../support/secure.js'

const [alice, bob] = [new Holder(1), new Holder(2)]

test('a transaction that gets into a block while it is asked for is found there', async () => {
  const desk = await ChainDesk.open(new MemoryStore(), DEV_RULES)
  const [first] = secureChain(DEV_RULES.genesis(), [{ miner: alice.address }])
  await desk.extend([first!])
  const transfer = alice.pay(bob.address)
  await desk.arrive(parseJson(utf8(JSON.stringify(transfer)), DEV_RULES.blockLimits))
  const [id] = desk.mempool.pendingIds()
  const next = decodeSecure(nextBlock(first!, { miner: bob.address, transfers: [transfer] }))

  let isMoved = false
  const moving = new Proxy(desk.chain, {
    get: (chain, name) => {
      const value = Reflect.get(chain, name)
      if (name !== 'snapshot') return typeof value === 'function' ? value.bind(chain) : value
      // The chain as it was before the block; by the time it is looked into, the block is there.
      return async (): Promise<ChainSnapshot<SecureBlock>> => {
        const snapshot = await chain.snapshot()
        if (!isMoved) {
          isMoved = true
          await desk.extend([next])
        }
        return snapshot
      }
    },
  }) as Chain<SecureBlock>
  const queries = new ChainQueries(moving, desk.mempool, DEV_RULES)
  expect(await queries.transaction(id!)).toMatchObject({ pending: 0, places: [{ height: 3, position: 1 }], length: 3 })
  await expect(queries.transaction('00'.repeat(32))).rejects.toMatchObject({ code: 'not-found' })
})
