import { createHash } from 'node:crypto'
import type { HeaderJob } from '../../src/consensus/header-job.js'
import type { Job } from '../../src/consensus/job.js'

/** Candidates of jobs as their description has them, by other means than the miner's: node:crypto, and arithmetic with large numbers. */

/** Whether candidate n solves the job. */
export function solves(job: Job, n: number): boolean {
  if (job.kind === 'header') return numberOf(sha256d(headerOf(job, n))) <= job.target
  const hash = createHash('sha256').update(`${job.before}${n}${job.after}`).digest('hex')
  return hash.startsWith('0'.repeat(job.zeros))
}

/** The first candidate from `from` up to but without `to` that solves the job. */
export function firstSolution(job: Job, from: number, to = Number.POSITIVE_INFINITY): number | undefined {
  for (let n = from; n < to; n++) if (solves(job, n)) return n
  return undefined
}

export function sha256d(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest()
}

function headerOf({ header, versionMask, roll }: HeaderJob, n: number): Buffer {
  const places = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (versionMask >>> bit) & 1)
  const versions = BigInt(Math.min(2 ** places.length, 16))
  const candidate = BigInt(n)
  const step = candidate / 4n
  const nonce = (step / versions) % 2n ** 30n
  const space = step / versions / 2n ** 30n
  const groups = 2n ** BigInt(places.length) / versions
  const version = (space % groups) * versions + (step % versions)
  const rolled = space / groups

  const bytes = Buffer.from(header)
  let bits = BigInt(bytes.readUInt32LE(0)) & ~BigInt(versionMask)
  for (const [i, place] of places.entries()) bits |= ((version >> BigInt(i)) & 1n) << BigInt(place)
  bytes.writeUInt32LE(Number(bits & 0xffff_ffffn), 0)
  if (roll.kind === 'time') bytes.writeUInt32LE((bytes.readUInt32LE(68) + Number(rolled)) % 2 ** 32, 68)
  else {
    const extraNonce = Buffer.alloc(8)
    extraNonce.writeBigUInt64BE(rolled)
    let node = sha256d(Buffer.concat([roll.coinbaseId, extraNonce]))
    for (const sibling of roll.branch) node = sha256d(Buffer.concat([node, sibling]))
    node.copy(bytes, 36)
  }
  bytes.writeUInt32BE(Number(nonce * 4n + (candidate % 4n)), 76)
  return bytes
}

/** As a number that begins with its lowest byte. */
function numberOf(hash: Buffer): bigint {
  return BigInt(`0x${Buffer.from(hash).reverse().toString('hex')}`)
}
