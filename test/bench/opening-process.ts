import { join } from 'node:path'
import { built } from './built.js'
import { NODE_NAME } from './node-process.js'

/** Opens the node of a data folder and prints how many milliseconds that took. */

const { networkNamed } = await built<typeof import('../../src/consensus/networks.js')>('consensus/networks.js')
const { SearchPool } = await built<typeof import('../../src/mining/search-pool.js')>('mining/search-pool.js')
const { Node } = await built<typeof import('../../src/node/node.js')>('node/node.js')
const { HttpChainSource } =
  await built<typeof import('../../src/peers/http-chain-source.js')>('peers/http-chain-source.js')
const { LevelDbStore } = await built<typeof import('../../src/storage/leveldb-store.js')>('storage/leveldb-store.js')

const network = networkNamed('tutorial')!
const start = performance.now()
const store = await LevelDbStore.open(join(process.argv[2]!, network.name, NODE_NAME, 'chain'), { create: false })
const node = await Node.open(
  {
    network,
    store,
    identity: 'bench',
    version: '0.0.0',
    searcher: new SearchPool(),
    source: new HttpChainSource(),
    now: () => Date.now() / 1000,
  },
  false,
)
console.log(performance.now() - start)
await node.close()
