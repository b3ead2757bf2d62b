import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../support/free-port.js'
import { Chance } from './chance.js'
import type { Part } from './part.js'
import { ServedNode } from './served-node.js'

/** A node lives so long after it answers, at most, or after it was started. */
const LIFE_MS = 1000
const OPENING_MS = 600
/** Blocks by which the peer is ahead when it is to be followed. */
const LEAD = 2

export interface CrashReport {
  readonly seed: number
  cycles: number
  /** What was acknowledged, and looked for after each later cycle. */
  payments: number
  blocks: number
  adoptions: number
  killedWhileOpening: number
}

/** What the node said it would keep, written down outside of it. */
interface Ledger {
  /** The recipients of accepted payments, each used once. */
  readonly payments: Set<string>
  /** The hashes of mined blocks; emptied when blocks may have been replaced. */
  readonly blocks: Set<string>
}

/**
 * Kills a node again and again, at random moments while it mines, takes payments, adopts a longer chain and opens, and
 * looks after each time whether it still has everything that its HTTP API acknowledged.
 * @throws Error that names what is missing, and the cycle
 */
export async function crash(
  { cycles, seed }: { cycles: number; seed: number },
  onCycle: (report: CrashReport) => void = () => {},
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'chain-crash-'))
  const [data, port] = [join(folder, 'node'), await freePort()]
  const chance = new Chance(seed)
  const ledger: Ledger = { payments: new Set(), blocks: new Set() }
  const report: CrashReport = { seed, cycles: 0, payments: 0, blocks: 0, adoptions: 0, killedWhileOpening: 0 }
  const peer = await ServedNode.start(join(folder, 'peer'), await freePort())
  try {
    while (report.cycles < cycles) {
      if (chance.oneIn(5)) {
        await killWhileOpening(data, port, chance)
        report.killedWhileOpening++
      }
      const node = await ServedNode.start(data, port)
      try {
        await checkNothingIsMissing(node, ledger, report)
        const follows = chance.oneIn(2)
        if (follows) await letLead(peer, node)
        await useUntilKilled(node, { ledger, chance, report, follows })
      } finally {
        await node.kill()
      }
      report.cycles++
      onCycle(report)
    }
    const node = await ServedNode.start(data, port)
    await checkNothingIsMissing(node, ledger, report).finally(() => node.kill())
    return report
  } finally {
    await peer.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

async function killWhileOpening(data: string, port: number, chance: Chance): Promise<void> {
  const child = ServedNode.spawn(data, port)
  await delay(chance.below(OPENING_MS))
  child.kill('SIGKILL')
  await once(child, 'close')
}

/** Has the peer take over the node's chain and go on from there, so that its chain will be adopted. */
async function letLead(peer: ServedNode, node: ServedNode): Promise<void> {
  await peer.post('/nodes/register', { nodes: [node.url] })
  await peer.post('/api/resolve')
  for (let i = 0; i < LEAD; i++) await peer.post('/api/mine')
  await node.post('/nodes/register', { nodes: [peer.url] })
}

/** Asks the node for everything at once until it is dead. */
async function useUntilKilled(
  node: ServedNode,
  { ledger, chance, report, follows }: { ledger: Ledger; chance: Chance; report: CrashReport; follows: boolean },
): Promise<void> {
  let alive = true
  const untilDead = async (work: () => Promise<void>): Promise<void> => {
    while (alive) {
      try {
        await work()
      } catch (error) {
        // Killed in the middle of it: that was not acknowledged.
        if (alive) throw error
      }
    }
  }
  // Blocks may be replaced from here on, also by an adoption that nobody heard of.
  if (follows) ledger.blocks.clear()
  const uses = [
    untilDead(async () => {
      const recipient = `r${chance.below(2 ** 48).toString(36)}`
      await node.post('/transactions/new', { sender: 'somebody', recipient, amount: 1 })
      ledger.payments.add(recipient)
      report.payments++
    }),
    untilDead(async () => {
      const { hash } = (await node.post('/api/mine')) as { hash: string }
      if (!follows) ledger.blocks.add(hash)
      report.blocks++
    }),
  ]
  if (follows) {
    uses.push(
      untilDead(async () => {
        const { replaced } = (await node.post('/api/resolve')) as { replaced: boolean }
        if (replaced) report.adoptions++
      }),
    )
  }
  await Promise.race([delay(chance.below(LIFE_MS)), Promise.all(uses)])
  alive = false
  await node.kill()
  await Promise.all(uses)
}

/** Every acknowledged payment is in the chain or pending, once, and every acknowledged block in the chain. */
async function checkNothingIsMissing(node: ServedNode, ledger: Ledger, { cycles, seed }: CrashReport): Promise<void> {
  const complain = (what: string): never => {
    throw new Error(`${what}, after cycle ${cycles} of seed ${seed}`)
  }
  const { pending, length } = (await node.get('/api/status')) as { pending: number; length: number }
  const { transactions } = (await node.get('/api/pending?limit=1000')) as { transactions: { recipient: string }[] }
  if (transactions.length !== pending) complain(`of ${pending} pending transactions ${transactions.length} were listed`)
  const hashes = new Set<string>()
  const times = new Map<string, number>()
  const count = ({ recipient }: { recipient: string }): void =>
    void times.set(recipient, (times.get(recipient) ?? 0) + 1)
  transactions.forEach(count)
  for (let from = 1; from <= length; from += 1000) {
    const page = (await node.get(`/api/blocks?from=${from}&limit=1000`)) as {
      blocks: { hash: string; block: { transactions: { recipient: string }[] } }[]
    }
    for (const { hash, block } of page.blocks) {
      hashes.add(hash)
      block.transactions.forEach(count)
    }
  }
  for (const recipient of ledger.payments) {
    if (times.get(recipient) !== 1) complain(`the payment to ${recipient} is there ${times.get(recipient) ?? 0} times`)
  }
  for (const hash of ledger.blocks) if (!hashes.has(hash)) complain(`block ${hash} is missing`)
}

export const crashPart: Part = {
  name: 'crash',
  title: 'kill -9 at random moments',
  cycles: 500,
  async run({ seed, cycles, say }) {
    const start = performance.now()
    const report = await crash({ cycles, seed }, (sofar) => {
      if (sofar.cycles % 10 === 0) say(JSON.stringify(sofar))
    })
    const ms = performance.now() - start
    return [{ what: 'cycles', count: report.cycles, failures: [], ms }]
  },
}
