import type { MiningTemplate } from '../api/schemas.js'
import type { Block, Template } from '../consensus/rules.js'
import { hexOf } from '../primitives/bytes.js'
import type { JsonObject } from '../primitives/json/value.js'

/** A template for a miner elsewhere. @param parsed reads an encoded block */
export function describeTemplate<B extends Block>(
  { height, job, seal, goodForSeconds, notBefore }: Template<B>,
  parsed: (encoded: Uint8Array) => JsonObject,
): MiningTemplate {
  if (job.kind !== 'header' || job.roll.kind !== 'extra-nonce') {
    throw new Error('work that binds what a block holds is that of a header, with an extra nonce')
  }
  const { header, versionMask, target, roll } = job
  return {
    height,
    // As the first candidate has it, whose proof, extra nonce and free bits are zero.
    block: parsed(seal(0).encoded),
    header: hexOf(header),
    target: target.toString(16).padStart(64, '0'),
    versionMask: versionMask.toString(16).padStart(8, '0'),
    coinbaseId: hexOf(roll.coinbaseId),
    branch: roll.branch.map(hexOf),
    goodForSeconds: goodForSeconds ?? null,
    notBefore: notBefore ?? null,
  }
}
