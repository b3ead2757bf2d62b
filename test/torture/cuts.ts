import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { StoreDamaged } from '../../src/primitives/errors.js'
import { Chance } from '../support/chance.js'
import { logFile, writeWitness } from '../support/store-files.js'
import type { Part, Row, TortureOptions } from './part.js'
import { accountIn, acknowledged, makeSpecimen, type Specimen, withCopy } from './specimen.js'
import { Tally } from './tally.js'

/** Bytes of the last batch of the log: one is cut at each of its bytes, the other lies in several of LevelDB's blocks of 32 KiB. */
const LAST = { short: 10, long: 150_000 }
const PAGE_BYTES = 4096

/** What a power failure can make of a log. */
type Shape = (log: Buffer) => Buffer

/**
 * Cuts copies of a log, and has what the disk did not get be zeros. As many writes as lie whole before the first missing byte must be
 * there, exactly, and where more than those were acknowledged, the damage must be named, and nothing be changed.
 */
async function cuts({ cycles, seed }: TortureOptions): Promise<Row[]> {
  const chance = new Chance(seed)
  const tally = new Tally()
  for (const [which, lastText] of Object.entries(LAST)) {
    const specimen = await makeSpecimen({ lastText })
    try {
      await cutSpecimen(specimen, { tally, chance, cycles, everyByte: which === 'short' })
    } finally {
      rmSync(specimen.folder, { recursive: true })
    }
  }
  return tally.rows()
}

async function cutSpecimen(
  specimen: Specimen,
  { tally, chance, cycles, everyByte }: { tally: Tally; chance: Chance; cycles: number; everyByte: boolean },
): Promise<void> {
  const { folder, history } = specimen
  const end = history.at(-1)!.logBytes
  const lastBatch = history.at(-2)!.logBytes
  const tryAt = async (what: string, shapeOf: (at: number) => Shape, offsets: Iterable<number>): Promise<void> => {
    for (const at of offsets) await tally.try(what, `at byte ${at} of ${end}`, () => tryShape(specimen, shapeOf(at)))
  }
  const anywhere = times(cycles, () => chance.below(end))
  const inLastBatch = everyByte
    ? Array.from({ length: end - lastBatch + 1 }, (_, i) => lastBatch + i)
    : times(cycles, () => lastBatch + chance.below(end - lastBatch))
  const cut =
    (at: number): Shape =>
    (log) =>
      log.subarray(0, at)
  const zeros =
    (at: number): Shape =>
    (log) =>
      Buffer.from(log).fill(0, at)
  await tryAt('the log is cut off in its last batch', cut, inLastBatch)
  await tryAt('the log is cut off anywhere', cut, anywhere)
  await tryAt('zeros from within the last batch on', zeros, inLastBatch)
  await tryAt('zeros from anywhere on', zeros, anywhere)
  if (everyByte) return
  // The disk gets whole pages, in any order.
  const pages = Math.floor(end / PAGE_BYTES) - Math.ceil(lastBatch / PAGE_BYTES)
  for (const page of times(cycles, () => Math.ceil(lastBatch / PAGE_BYTES) + chance.below(pages))) {
    const length = PAGE_BYTES * (1 + chance.below(4))
    const hole = (log: Buffer): Buffer =>
      Buffer.from(log).fill(0, page * PAGE_BYTES, Math.min(log.length, page * PAGE_BYTES + length))
    await tally.try('a hole in the last batch', `${length} bytes at page ${page}`, () => tryShape(specimen, hole))
    const more = (log: Buffer): Buffer => Buffer.concat([hole(log), Buffer.alloc(chance.below(3 * PAGE_BYTES))])
    await tally.try('a hole, and zeros behind the end', `${length} bytes at page ${page}`, () =>
      tryShape(specimen, more),
    )
  }
  if (acknowledged(folder) !== history.length - 1) throw new Error('the specimen was changed')
}

/** Opens the log in a shape: once as if the lost writes had not been acknowledged, and once as if they had. */
async function tryShape(specimen: Specimen, shape: Shape): Promise<void> {
  const { folder, history } = specimen
  const whole = readFileSync(logFile(folder))
  const shaped = shape(whole)
  const intact = firstDifference(whole, shaped)
  const all = history.length - 1
  const kept = history.findLastIndex(({ logBytes }) => logBytes <= intact)
  await withCopy(specimen, async (copy) => {
    writeFileSync(logFile(copy), shaped)
    writeWitness(copy, kept)
    const found = await accountIn(copy)
    if (found !== history[kept]!.account) throw new Error(`not what the first ${kept} of ${all} writes made`)
  })
  if (kept === all) return
  await withCopy(specimen, async (copy) => {
    const log = logFile(copy)
    writeFileSync(log, shaped)
    const fault = await accountIn(copy).then(
      () => new Error('it was opened without what was acknowledged'),
      (error: unknown) => error,
    )
    if (!(fault instanceof StoreDamaged)) throw fault
    if (!readFileSync(log).equals(shaped)) throw new Error('damage was named, and the log changed')
  })
}

function firstDifference(whole: Buffer, shaped: Buffer): number {
  if (shaped.length >= whole.length && shaped.subarray(0, whole.length).equals(whole)) return whole.length
  const length = Math.min(whole.length, shaped.length)
  for (let at = 0; at < length; at++) if (whole[at] !== shaped[at]) return at
  return length
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

export const cutsPart: Part = {
  name: 'cuts',
  title: 'a log that a power failure cut off opens as what was whole, or is named as damaged',
  cycles: 500,
  run: cuts,
}
