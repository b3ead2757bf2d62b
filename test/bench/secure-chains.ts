import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import { DEV_RULES, decodeSecure, Holder, nextBlock } from '../support/secure.js'
import { say } from './workshop.js'

/** Senders, each of whom mines one block first. */
export const SENDERS = 256

/** The files of a chain of `dev`: a block a line, from the first one on. Kept from run to run in the system's temporary folder. */
export interface SecureChainPlan {
  readonly name: string
  /** Blocks behind those that give all senders coins. */
  readonly blocks: number
  /** In each of those. */
  readonly transfers: number
  /** Another number makes another branch behind the same beginning. */
  readonly branch?: number
}

/** @returns the file of a chain, made where it is not there yet */
export function secureChainFile({ name, blocks, transfers, branch = 0 }: SecureChainPlan): string {
  const sources = ['./secure-chains.ts', '../support/secure.ts'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const version = createHash('sha256')
    .update(sources.map((path) => readFileSync(path, 'utf8')).join())
    .digest('hex')
    .slice(0, 8)
  const folder = join(tmpdir(), 'chain-bench')
  const file = join(folder, `dev-${name}-${blocks}-${transfers}-${branch}-${version}.jsonl`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  say(`making ${file}`)
  const part = `${file}.${process.pid}`
  const out = openSync(part, 'w')
  for (const block of chain(blocks, transfers, branch))
    writeSync(out, `${Buffer.from(block.encoded).toString('latin1')}\n`)
  closeSync(out)
  renameSync(part, file)
  return file
}

function* chain(blocks: number, transfers: number, branch: number): Generator<SecureBlock> {
  const holders = Array.from({ length: SENDERS }, (_, i) => new Holder(i + 1))
  let tip = DEV_RULES.genesis()
  yield tip
  for (const { address } of holders) {
    tip = decodeSecure(nextBlock(tip, { miner: address }))
    yield tip
  }
  let count = 0
  for (let i = 0; i < blocks; i++) {
    const paid = Array.from({ length: transfers }, () => {
      const from = holders[count % SENDERS]!
      const to = holders[(count + 1 + branch) % SENDERS]!
      return from.pay(to.address, { amount: 1, fee: 1, nonce: Math.floor(count++ / SENDERS) })
    })
    tip = decodeSecure(nextBlock(tip, { miner: holders[(i + branch) % SENDERS]!.address, transfers: paid }))
    yield tip
  }
}
