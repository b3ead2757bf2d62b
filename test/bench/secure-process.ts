import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { built } from './built.js'
import { median, timed } from './measure.js'
import { temporaryFolder } from './workshop.js'

/**
 * Measures a node of the network `dev` in a process of its own, on what was built, and prints JSON.
 * `import FILE EARLY`, `connect FILE FIRST`, `reorganise FILE OTHER`, `whole FILE`, `sync URL` or `serve FILE`, which goes on until it is ended.
 */

const { networkNamed } = await built<typeof import('../../src/consensus/networks.js')>('consensus/networks.js')
const { Node } = await built<typeof import('../../src/node/node.js')>('node/node.js')
const { LevelDbStore } = await built<typeof import('../../src/storage/leveldb-store.js')>('storage/leveldb-store.js')
const { HttpChainSource } =
  await built<typeof import('../../src/peers/http-chain-source.js')>('peers/http-chain-source.js')
const { parseJson } = await built<typeof import('../../src/primitives/json/value.js')>('primitives/json/value.js')
const { faultOfSignature } = await built<typeof import('../../src/consensus/signature.js')>('consensus/signature.js')

const network = networkNamed('dev')!
const { rules } = network
const [kind, file, more] = process.argv.slice(2) as [string, string, string]
const PAGE_BYTES = 256 * 1024
const LOOKUPS = 2_000

const store = await LevelDbStore.open(join(temporaryFolder(), 'chain'), { create: true })
const node = await Node.open(
  {
    network,
    store,
    identity: 'bench',
    version: '0.0.0',
    searcher: { search: () => Promise.reject(new Error('nothing is mined')), close: async () => {} },
    source: new HttpChainSource(),
    now: () => Date.now() / 1000,
  },
  true,
)
const text = kind === 'sync' ? Buffer.alloc(0) : readFileSync(file)
const measures = {
  import: importing,
  connect: connecting,
  reorganise: reorganising,
  whole: importingAll,
  sync: syncing,
}
if (kind === 'serve') await serveUntilEnded()
const measured = await measures[kind as keyof typeof measures]()
await node.close()
console.log(JSON.stringify(measured))
process.exit()

/** The lines of a file of JSON from the first on, as they come from a file. @param end so many */
async function* pages(bytes: Uint8Array, end = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array[]> {
  let start = 0
  let page: Uint8Array[] = []
  let size = 0
  for (let count = 0; count < end; count++) {
    const stop = bytes.indexOf(0x0a, start)
    if (stop < 0) break
    // They are printed so already: what reads the JSON of a file is measured elsewhere.
    page.push(bytes.slice(start, stop))
    size += stop - start
    start = stop + 1
    if (size < PAGE_BYTES) continue
    yield page
    page = []
    size = 0
  }
  yield page
}

async function importBlocks(bytes: Uint8Array, end?: number): Promise<void> {
  const options = { name: 'bench', onProgress: () => {}, signal: new AbortController().signal }
  const { refusal, length } = await node.importChain(pages(bytes, end), options)
  if (refusal !== undefined) throw new Error(`block ${refusal.height}: ${refusal.message}`)
  if (length !== (await node.status()).length) throw new Error('the chain was not adopted')
}

async function importing() {
  const early = Number(more)
  const whole = await node.status()
  if (whole.length !== 1) throw new Error('the node is not new')
  await importBlocks(text, 100)
  const lookupEarly = await lookupMs()
  await importBlocks(text, early)
  const memoryEarly = memory()
  const { length: before } = await node.status()
  const cpuBefore = process.cpuUsage()
  const ms = await timed(() => importBlocks(text))
  const cpu = process.cpuUsage(cpuBefore)
  const { length } = await node.status()
  return {
    ms,
    // Those that were there are compared as well, which costs a fraction.
    blocks: length - before,
    cpuMs: (cpu.user + cpu.system) / 1000,
    lookupEarly,
    lookupLate: await lookupMs(),
    bytesPerBlock: (memory() - memoryEarly) / (length - before),
  }
}

async function lookupMs(): Promise<number> {
  const { block } = await node.block(2)
  const [{ recipient }] = block.transactions as unknown as [{ recipient: string }]
  const times: number[] = []
  for (let i = 0; i < LOOKUPS; i++) times.push(await timed(() => node.balance(recipient)))
  return median(times)
}

function memory(): number {
  for (let i = 0; i < 3; i++) (globalThis as unknown as { gc(): void }).gc()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

/** Blocks with many transfers, beside what it takes to check their signatures alone on one core. */
async function connecting() {
  const first = Number(more)
  await importBlocks(text, first)
  const lines = text.toString('latin1').trimEnd().split('\n').slice(first)
  const checks = lines
    .flatMap((line) => rules.signaturesOf(rules.readBlock(Buffer.from(line))))
    .map(({ check }) => check)
  const keys = new Map<string, KeyObject>()
  const keyOf = (publicKey: Uint8Array): KeyObject => {
    const x = Buffer.from(publicKey).toString('base64url')
    const known = keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    keys.set(x, known)
    return known
  }
  for (const { publicKey } of checks) keyOf(publicKey)
  if (faultOfSignature(checks[0]!) !== undefined) throw new Error('a good signature was refused')
  const plainMs = await timed(() => {
    for (const { publicKey, message, signature } of checks) verify(null, message, keyOf(publicKey), signature)
  })
  const ms = await timed(() => importBlocks(text))
  return { ms, plainMs, transfers: checks.length }
}

/** A branch is offered block by block; the last one has it become active. */
async function reorganising() {
  await importBlocks(text)
  const blocks = readFileSync(more).toString('latin1').trimEnd().split('\n')
  const submit = async (line: string) => {
    const { outcome } = await node.submitBlock(parseJson(Buffer.from(line), rules.blockLimits))
    return outcome
  }
  const before = (await node.status()).tip
  for (const line of blocks.slice(0, -1)) await submit(line)
  if ((await node.status()).tip !== before) throw new Error('the branch is active too early')
  let outcome: unknown
  const ms = await timed(async () => {
    outcome = await submit(blocks.at(-1)!)
  })
  if (outcome !== 'active') throw new Error(`the last block is ${outcome}`)
  return { ms }
}

async function importingAll() {
  const ms = await timed(() => importBlocks(text))
  return { ms, blocks: (await node.status()).length }
}

/** From a node in another process, over the loopback. */
async function syncing() {
  await node.addPeers([file])
  let length = 1
  const ms = await timed(async () => {
    const { replaced, length: after, verdicts } = await node.resolve()
    if (!replaced) throw new Error(verdicts[0]!.message)
    length = after
  })
  return { ms, blocks: length }
}

async function serveUntilEnded(): Promise<never> {
  await importBlocks(text)
  const { serveNode } = await built<typeof import('../../src/http/server.js')>('http/server.js')
  const { url } = await serveNode(node, { host: '127.0.0.1', port: 0 })
  console.log(url)
  return new Promise(() => {})
}
