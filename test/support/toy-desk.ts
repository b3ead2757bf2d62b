import { ChainDesk } from './chain-desk.js'
import { FullableStore } from './stores.js'
import { TOY, type ToyBlock, toyChain } from './toy-rules.js'

/** A chain of four toy blocks, of weight 1 each, that set, change and remove keys of the ledger. */
export async function openToyDesk() {
  const store = new FullableStore()
  const desk = await ChainDesk.open(store, TOY)
  const genesis = desk.chain.tip.block
  const second = { sets: [['a', '2']] as [string, string][] }
  const third = {
    sets: [
      ['a', '3'],
      ['b', '3'],
    ] as [string, string][],
  }
  const rest = toyChain(genesis, second, third, { sets: [['a', null]] })
  await desk.extend(rest)
  const ours: ToyBlock[] = [genesis, ...rest]
  /** Our first blocks, and others on them. */
  const fork = (height: number, ...blocks: Parameters<typeof toyChain>[1][]): ToyBlock[] => [
    ...ours.slice(0, height),
    ...toyChain(ours[height - 1], ...blocks),
  ]
  return { store, desk, genesis, ours, fork }
}
