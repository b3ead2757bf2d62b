import type { Chain } from '../../src/chain/chain.js'
import type { Block } from '../../src/consensus/rules.js'
import type { TutorialBlock } from '../../src/consensus/tutorial/block.js'
import { TOOLS } from '../support/tools.js'
import { built } from './built.js'
import { copyOfStore } from './homes.js'
import { alternate, timed } from './measure.js'
import { atMost, type Row } from './report.js'
import { TRANSACTIONS } from './workshop.js'

const LONG = 50_000
const SHORT = 50
const ROUNDS = 400
/** What of a difference counts as noise. */
const TOLERANCE = 1.25
/** In the article each proof follows from the one before: after so many blocks they have begun to repeat. */
const BLOCKS_WITH_ALL_PROOFS = 200

const chainModule = await built<typeof import('../../src/chain/chain.js')>('chain/chain.js')
const { networkNamed } = await built<typeof import('../../src/consensus/networks.js')>('consensus/networks.js')
const { LevelDbStore } = await built<typeof import('../../src/storage/leveldb-store.js')>('storage/leveldb-store.js')

const { rules } = networkNamed('tutorial')!

/** Appending one block to a long chain and to a short one: with the wait for the disk, and without. */
export async function append(): Promise<Row[]> {
  const [long, short] = [await openChain(LONG), await openChain(SHORT)]
  const material = await gather(long.chain)
  const times = await alternate(ROUNDS, {
    long: () => long.append(material, true),
    short: () => short.append(material, true),
    longUnsynced: () => long.append(material, false),
    shortUnsynced: () => short.append(material, false),
  })
  await Promise.all([long.close(), short.close()])
  return [
    row(`block ${LONG}, and block ${SHORT}`, times.long, times.short),
    row('the same without fsync', times.longUnsynced, times.shortUnsynced),
  ]
}

function row(what: string, ours: number, baseline: number): Row {
  const ratio = ours / baseline
  return { what, unit: 'ms', ours, baseline, ratio, target: atMost(ratio, TOLERANCE, `${TOLERANCE} x, the same`) }
}

/** What new blocks are made of. */
interface Material {
  /** The proof that follows each proof. */
  readonly proofs: ReadonlyMap<unknown, number>
  readonly payments: readonly Uint8Array[]
}

async function gather(chain: Chain<Block>): Promise<Material> {
  const proofs = new Map<unknown, number>()
  const payments: Uint8Array[] = []
  let before: unknown
  for await (const page of chain.reader.blocks(1, BLOCKS_WITH_ALL_PROOFS)) {
    for (const { block } of page) {
      const { proof } = block as TutorialBlock
      proofs.set(before, Number(proof))
      before = proof
      payments.push(...rules.transactionsOf(block).map(({ encoded }) => encoded))
    }
  }
  return { proofs, payments }
}

async function openChain(blocks: number) {
  const store = await LevelDbStore.open(await copyOfStore(blocks), { create: false })
  let sync = true
  const write = store.write.bind(store)
  store.write = (changes) => write(changes, { sync })
  const chain = (await chainModule.Chain.open(store, rules, TOOLS))!

  const append = async ({ proofs, payments }: Material, synced: boolean): Promise<number> => {
    const { block, height } = chain.tip
    const first = (height * (TRANSACTIONS - 1)) % (payments.length - TRANSACTIONS)
    const transactions = payments.slice(first, first + TRANSACTIONS - 1)
    const template = rules.template(block, height, () => ({ transactions, recipient: 'bench', time: height + 0.5 }), {
      grandparent: undefined,
    })
    const next = template.seal(proofs.get((block as TutorialBlock).proof)!)
    sync = synced
    return timed(async () => {
      const refusal = await chain.append(next, true, async () => [])
      if (refusal !== undefined) throw new Error(refusal.message)
    })
  }
  return { chain, append, close: () => store.close() }
}
