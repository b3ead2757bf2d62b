import { once } from 'node:events'
import { cpSync, readFileSync, rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '../../src/consensus/job.js'
import type { Block } from '../../src/consensus/rules.js'
import { tutorialNetwork } from '../../src/consensus/tutorial/network.js'
import { REFERENCE } from '../../src/mining/candidate-search.js'
import { Node } from '../../src/node/node.js'
import { HttpChainSource } from '../../src/peers/http-chain-source.js'
import { textOf } from '../../src/primitives/bytes.js'
import { JsonNumber, jsonObject, printJson } from '../../src/primitives/json/value.js'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { buildChain, chainAnswer } from '../support/chains.js'
import { logFile } from '../support/store-files.js'

/** The article's rules with proofs that take 256 hashes. */
const ZEROS = 2
const NETWORK = tutorialNetwork({
  name: 'quick',
  title: 'quick',
  edition: 'article',
  definition: { rules: 'tutorial', zeros: ZEROS },
  otherEdition: undefined,
})
const RECIPIENTS = ['ada', 'bob', 'eve']

/** All that a node says of its chain, as one text. */
type Account = string

/** A store with a history, to be damaged in copies. */
export interface Specimen {
  /** Holds the store's folder, `chain`, and its witness. */
  readonly folder: string
  /** What the node said after each synced write, and how long the log was then. */
  readonly history: readonly { readonly account: Account; readonly logBytes: number }[]
}

/**
 * Makes a node's store: blocks of its own, payments, peers, an adopted chain; most of it in tables, the rest in the log.
 * @param lastText bytes of the last payment, which is the last write
 */
export async function makeSpecimen({ lastText }: { lastText: number }): Promise<Specimen> {
  const folder = await mkdtemp(join(tmpdir(), 'chain-specimen-'))
  const history: Specimen['history'][number][] = []
  const build = async (work: (use: Use) => Promise<void>): Promise<void> => {
    const node = await openNode(folder, history.length === 0)
    const use: Use = async (ask) => {
      await ask(node)
      const account = await accountOf(node)
      const logBytes = statSync(logFile(folder)).size
      // An adoption takes more than one write, and comes into force with the last; how long the log was between them is not known.
      const between = { account: history.at(-1)?.account ?? account, logBytes: Number.POSITIVE_INFINITY }
      for (let count = history.length; count < acknowledged(folder); count++) history[count] = between
      history[acknowledged(folder)] = { account, logBytes }
    }
    await use(async () => {})
    await work(use).finally(() => node.close())
  }
  await build(async (use) => {
    for (let i = 0; i < 60; i++) {
      await use((node) => pay(node, RECIPIENTS[i % 3]!, i))
      if (i % 2 === 1) await use((node) => node.mine())
    }
    for (let port = 1; port < 6; port++) await use((node) => node.addPeers([`127.0.0.1:${port}`]))
    await use((node) => node.removePeer('127.0.0.1:3'))
  })
  // What is deleted lies in one table, and that it is deleted in another.
  await build(async (use) => {
    await adopt(use, 50)
    for (let i = 0; i < 20; i++) await use((node) => pay(node, `late${i}`, i))
    await use((node) => node.mine())
  })
  await build(async (use) => {
    await adopt(use, 60)
    for (let i = 0; i < 10; i++) await use((node) => pay(node, 'ada', i))
    await use((node) => node.mine())
    for (let i = 0; i < 5; i++) await use((node) => pay(node, 'bob', 1, 20_000 * i))
    await use((node) => node.removePeer('127.0.0.1:4'))
    await use((node) => pay(node, 'eve', 1, lastText))
  })
  return { folder, history }
}

type Use = (ask: (node: Node<Block>) => Promise<unknown>) => Promise<void>

/** Makes a copy of a specimen to be damaged, and removes it when the work is done. */
export async function withCopy<T>({ folder }: Specimen, work: (copy: string) => Promise<T>): Promise<T> {
  const copy = `${folder}-copy`
  cpSync(folder, copy, { recursive: true })
  try {
    return await work(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Opens the node of a specimen and has it tell everything. */
export async function accountIn(folder: string, isNew = false): Promise<Account> {
  const node = await openNode(folder, isNew)
  return accountOf(node).finally(() => node.close())
}

/** How many writes the witness of a specimen saw. */
export function acknowledged(folder: string): number {
  return Number(readFileSync(join(folder, 'chain.acknowledged')).readBigUInt64BE())
}

async function openNode(folder: string, isNew: boolean): Promise<Node<Block>> {
  const store = await LevelDbStore.open(join(folder, 'chain'), { create: isNew })
  try {
    const options = {
      network: NETWORK,
      store,
      identity: 'specimen',
      version: '0.0.0',
      searcher: {
        search: async (job: Job) => ({ solution: REFERENCE.begin(job).search(0, 2 ** 20)!, hashes: 1 }),
        close: async () => {},
      },
      source: new HttpChainSource(),
      now: () => 1_700_000_000.5,
    }
    return await Node.open(options, isNew)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function accountOf(node: Node<Block>): Promise<Account> {
  const { length, tip } = await node.status()
  const chain: string[] = []
  for await (const part of node.chainText()) chain.push(textOf(part))
  const { total, transactions } = await node.pending({ limit: 1_000_000 })
  const pending = transactions.map(printJson)
  const balances = await Promise.all(
    [...RECIPIENTS, 'specimen', 'nobody', 'stranger'].map((each) => node.balance(each)),
  )
  // What a peer answered last is known to the running node alone.
  const peers = (await node.peers()).map(({ address }) => address)
  return JSON.stringify({ length, tip, chain: chain.join(''), total, pending, balances, peers })
}

/** @param extra bytes by which the transaction is larger */
async function pay(node: Node<Block>, to: string, amount: number, extra = 0): Promise<void> {
  const recipient = to + '+'.repeat(extra)
  await node.submitPayment(jsonObject({ sender: 'specimen', recipient, amount: JsonNumber.integer(amount + 1) }))
}

/** Has the node adopt a chain of so many blocks, which shares none with its own. */
async function adopt(use: Use, length: number): Promise<void> {
  const transactions = () => [{ sender: 'stranger', recipient: 'ada', amount: 1.5 }]
  const answer = chainAnswer(buildChain({ length, zeros: ZEROS, time: 1_600_000_000 + length, transactions }))
  const server = createServer((_request, response) => void response.end(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await use((node) => node.addPeers([address]))
    await use(async (node) => {
      const { replaced } = await node.resolve()
      if (!replaced) throw new Error(`the chain of ${length} blocks was not adopted`)
    })
    await use((node) => node.removePeer(address))
  } finally {
    server.close()
  }
}
