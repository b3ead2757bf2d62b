import { concatBytes } from '../../primitives/bytes.js'
import type { JsonValue } from '../../primitives/json/value.js'
import { isReject, type Reject, reject } from '../reject.js'
import type { Inclusion } from '../rules.js'
import { EXTRA_NONCE_BYTES, type SecureBlock } from './block.js'
import { leavesOf } from './block-checks.js'
import { bad } from './fields.js'
import { sha256d, shownHash } from './hash.js'
import { decodeHeader, HEADER_BYTES } from './header.js'
import { merkleBranch, rootOfBranch } from './merkle.js'
import { Coinbase, decodeTransaction } from './transaction.js'

const HASH_BYTES = 32
/** More would be a block of more transactions than fit into one. */
const MAX_ROWS = 24

/** What shows that a transaction stands in a block. */
export function inclusionOf(block: SecureBlock, position: number): Inclusion {
  const branch = merkleBranch(leavesOf(block), position)
  return { position, branch, ...(position === 0 && { extraNonce: block.extraNonce }) }
}

/**
 * Whether a transaction stands in the block of a header.
 * @returns its id, or why it does not
 */
export function checkInclusion(
  transaction: JsonValue,
  { position, branch, extraNonce }: Inclusion,
  header: Uint8Array,
): { id: string } | Reject {
  const decoded = decodeTransaction(transaction)
  if (isReject(decoded)) return decoded
  const isCoinbase = decoded instanceof Coinbase
  const isShaped =
    header.length === HEADER_BYTES &&
    branch.length <= MAX_ROWS &&
    branch.every(({ length }) => length === HASH_BYTES) &&
    position < 2 ** branch.length &&
    isCoinbase === (position === 0) &&
    isCoinbase === (extraNonce?.length === EXTRA_NONCE_BYTES)
  if (!isShaped) return bad('it is no proof of a place in a block')
  const leaf = extraNonce === undefined ? decoded.hash : sha256d(concatBytes([decoded.hash, extraNonce]))
  const root = rootOfBranch(leaf, position, branch)
  if (root === undefined) return bad('there is no such place in the block')
  const [got, expected] = [root, decodeHeader(header).merkleRoot].map(shownHash)
  if (got === expected) return { id: decoded.id }
  return reject('bad-txnmrklroot', 'the transaction does not stand in the block', { got: got!, expected: expected! })
}
