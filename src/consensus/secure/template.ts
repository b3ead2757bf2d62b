import type { UnixSeconds } from '../../primitives/time.js'
import { HeaderCandidates, type HeaderJob } from '../header-job.js'
import type { Template } from '../rules.js'
import { EXTRA_NONCE_BYTES, makeBlock, type SecureBlock } from './block.js'
import { targetOf } from './compact-target.js'
import type { SecureDefinition } from './definition.js'
import { nextBits } from './difficulty.js'
import { hashOfShown, shownHash } from './hash.js'
import { encodeHeader, readMined, VERSION, VERSION_MASK } from './header.js'
import { coinbaseBranch, merkleLeaves, merkleRoot } from './merkle.js'
import { subsidyAt } from './money.js'
import { COINBASE_SENDER, Coinbase, type Transfer } from './transaction.js'

/** A newer template has a later time, which the difficulty of the blocks after it depends on, and new transactions. */
const GOOD_FOR_SECONDS = 5
/** A block is offered so long before the others' clocks have to allow it. */
const CLOCK_MARGIN = 5

export interface SecureTemplateOptions {
  readonly parent: SecureBlock
  readonly grandparent: SecureBlock | undefined
  /** In the order in which the ledger takes them. */
  readonly transfers: readonly Transfer[]
  readonly recipient: string
  readonly now: UnixSeconds
}

/** A block on top of `parent`, ready to be searched. */
export function secureTemplate(
  definition: SecureDefinition,
  { parent, grandparent, transfers, recipient, now }: SecureTemplateOptions,
): Template<SecureBlock> {
  const index = parent.index + 1
  const fees = transfers.reduce((sum, { fields }) => sum + fields.fee, 0)
  const amount = subsidyAt(definition, index) + fees
  const coinbase = new Coinbase({ sender: COINBASE_SENDER, recipient, amount, nonce: index })
  const transactions = [coinbase, ...transfers]
  const otherIds = transfers.map(({ hash }) => hash)
  const bits = nextBits(definition, index, parent.header, grandparent?.header.timestamp ?? 0)
  const timestamp = Math.max(Math.floor(now), parent.header.timestamp + 1)
  const header = {
    version: VERSION,
    previousHash: hashOfShown(parent.hash),
    merkleRoot: merkleRoot(merkleLeaves(coinbase.hash, new Uint8Array(EXTRA_NONCE_BYTES), otherIds)).root,
    timestamp,
    bits,
    proof: 0,
  }
  return {
    ...templateOf({ index, header, transactions }),
    goodForSeconds: GOOD_FOR_SECONDS,
    notBefore: timestamp - definition.future_limit + CLOCK_MARGIN,
  }
}

/** What is to be searched for a block that lacks only its proof: its extra nonce is zero, and its target is one. */
export function templateOf({
  index,
  header,
  transactions,
}: Pick<SecureBlock, 'index' | 'header' | 'transactions'>): Template<SecureBlock> {
  const [coinbaseId, ...otherIds] = transactions.map(({ hash }) => hash)
  const job: HeaderJob = {
    kind: 'header',
    header: encodeHeader(header),
    versionMask: VERSION_MASK,
    target: targetOf(header.bits)!,
    roll: { kind: 'extra-nonce', coinbaseId: coinbaseId!, branch: coinbaseBranch(otherIds) },
  }
  return {
    height: index,
    parentHash: shownHash(header.previousHash),
    job,
    seal: (found) => {
      const candidates = new HeaderCandidates(job)
      const mined = readMined(candidates.headerOf(found))
      const extraNonce = candidates.extraNonceOf(found)
      return makeBlock({ index, header: { ...header, ...mined }, extraNonce, transactions })
    },
  }
}
