import { expect, test } from 'vitest'
import { Chain } from '../../../src/chain/chain.js'
import { openMempool } from '../../../src/mempool/open-mempool.js'
import { ChainKeeper } from '../../../src/node/chain-keeper.js'
import { EventLog } from '../../../src/node/event-log.js'
import { MemoryStore } from '../../../src/storage/memory-store.js'
import { findProof } from '../../support/chains.js'
import { QUICK } from '../../support/test-node.js'
import { TOOLS } from '../../support/tools.js'

test('a block of our miner whose parent is not the last one any more is stale: nothing is refused, and nothing changes', async () => {
  const { rules } = QUICK
  const store = new MemoryStore()
  const chain = await Chain.create(store, rules, TOOLS.now(), TOOLS)
  const mempool = await openMempool(store, rules)
  const keeper = new ChainKeeper({ chain, mempool, rules, store, tools: TOOLS, events: new EventLog('run') })
  const templateFor = (recipient: string) => {
    const { block, height } = chain.tip
    return rules.template(block, height, () => ({ transactions: [], recipient, time: TOOLS.now() }), {
      grandparent: undefined,
    })
  }
  const [first, second] = [templateFor('ann'), templateFor('bob')]
  const proof = findProof('100', '', 2)
  const submitted = [keeper.submitMined(first, proof), keeper.submitMined(second, proof)]
  const [taken, other] = await Promise.all(submitted)
  expect(taken).toMatchObject({ height: 2 })
  expect(other).toBe('stale')
  expect([chain.tip.height, keeper.blocksMined]).toEqual([2, 1])
  expect((await chain.balance('ann')).amount).toBe('1')
  expect((await chain.balance('bob')).amount).toBe('0')
})
