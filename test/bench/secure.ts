import { execFileSync } from 'node:child_process'
import { median } from './measure.js'
import { ServerProcess } from './node-process.js'
import { atLeast, atMost, type Row } from './report.js'
import { SENDERS, secureChainFile } from './secure-chains.js'
import { beside } from './workshop.js'

const BLOCKS = 100_000
const EARLY = 10_000
const ROUNDS = 3
const SYNCED = 20_000
const FLAGS = ['--expose-gc', '--import', 'tsx', beside('secure-process.ts')]

interface Imported {
  readonly ms: number
  readonly blocks: number
  readonly cpuMs: number
  readonly lookupEarly: number
  readonly lookupLate: number
  readonly bytesPerBlock: number
}

/** A chain of 100,000 blocks of one transfer: how fast it is imported, and what it costs then. */
export async function secureImport(): Promise<Row[]> {
  const file = secureChainFile({ name: 'import', blocks: BLOCKS - 1 - SENDERS, transfers: 1 })
  const { ms, blocks, cpuMs, lookupEarly, lookupLate, bytesPerBlock } = measured<Imported>(
    'import',
    file,
    String(EARLY),
  )
  const rate = blocks / (ms / 1000)
  return [
    {
      what: `importing ${BLOCKS} blocks of one transfer`,
      unit: 'blocks/s',
      ours: rate,
      target: atLeast(rate, 3000, '3,000 blocks/s'),
      note: `of ${(ms / 1000).toFixed(1)} s all threads together took ${(cpuMs / 1000).toFixed(1)} s of processors; main thread and signatures share them`,
    },
    {
      what: `memory a block, between ${EARLY} and ${BLOCKS}`,
      unit: 'bytes',
      ours: bytesPerBlock,
      target: atMost(bytesPerBlock, 200, '200 bytes'),
    },
    {
      what: `a balance, of ${BLOCKS} blocks and of 100`,
      unit: 'us',
      ours: lookupLate * 1000,
      baseline: lookupEarly * 1000,
      ratio: lookupLate / lookupEarly,
      target: atMost(lookupLate / lookupEarly, 1.5, '1.5 x'),
    },
  ]
}

/** Blocks of 1,000 transfers, against OpenSSL's check of their signatures alone, on one core. */
export async function secureConnect(): Promise<Row[]> {
  const file = secureChainFile({ name: 'connect', blocks: 30, transfers: 1000 })
  const runs = Array.from({ length: ROUNDS }, () =>
    measured<{ ms: number; plainMs: number; transfers: number }>('connect', file, String(1 + SENDERS)),
  )
  const { transfers } = runs[0]!
  const [ms, plainMs] = [median(runs.map((run) => run.ms)), median(runs.map((run) => run.plainMs))]
  return [
    {
      what: 'connecting blocks of 1,000 transfers, and crypto.verify of their signatures on one core',
      unit: 'transfers/s',
      ours: transfers / (ms / 1000),
      baseline: transfers / (plainMs / 1000),
      ratio: plainMs / ms,
      target: atLeast(plainMs / ms, 0.7, '0.7 x'),
    },
  ]
}

/** 1,000 blocks of 10 transfers give way to 1,001 others. */
export async function secureReorganisation(): Promise<Row[]> {
  const plan = { name: 'fork', transfers: 10 }
  const file = secureChainFile({ ...plan, blocks: 1000 })
  const other = secureChainFile({ ...plan, blocks: 1001, branch: 1 })
  const times = Array.from({ length: ROUNDS }, () => measured<{ ms: number }>('reorganise', file, other).ms)
  const ms = median(times)
  return [
    {
      what: '1,000 blocks of 10 transfers replaced by 1,001, from the last block offered to the new tip',
      unit: 'ms',
      ours: ms,
      target: atMost(ms, 5000, '5 s'),
    },
  ]
}

/** 20,000 blocks of one transfer from a node on this machine, over HTTP, against importing them from a file. */
export async function secureSync(): Promise<Row[]> {
  const file = secureChainFile({ name: 'sync', blocks: SYNCED - 1 - SENDERS, transfers: 1 })
  const server = await ServerProcess.start(process.execPath, [...FLAGS, 'serve', file])
  const [imports, syncs]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    for (const [times, ...args] of [
      [imports, 'whole', file],
      [syncs, 'sync', server.url],
    ] as const) {
      const { ms, blocks } = measured<{ ms: number; blocks: number }>(...args)
      if (blocks !== SYNCED) throw new Error(`${args[0]}: ${blocks} blocks`)
      times.push(ms)
    }
  }
  await server.stop()
  const [ms, importMs] = [median(syncs), median(imports)]
  return [
    {
      what: `syncing ${SYNCED} blocks of one transfer over HTTP, and importing them`,
      unit: 'blocks/s',
      ours: SYNCED / (ms / 1000),
      baseline: SYNCED / (importMs / 1000),
      ratio: importMs / ms,
      target: atLeast(importMs / ms, 0.6, '0.6 x'),
    },
  ]
}

function measured<T>(...args: string[]): T {
  return JSON.parse(execFileSync(process.execPath, [...FLAGS, ...args], { encoding: 'utf8' })) as T
}
