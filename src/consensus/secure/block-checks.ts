import { bytesOfHex } from '../../primitives/bytes.js'
import type { UnixSeconds } from '../../primitives/time.js'
import { type Reject, reject } from '../reject.js'
import { decodeAddress, keyHash } from './address.js'
import type { SecureBlock } from './block.js'
import { bitsOfText, bitsText, targetOf } from './compact-target.js'
import type { SecureDefinition } from './definition.js'
import { nextBits } from './difficulty.js'
import { hashOfShown, shownHash } from './hash.js'
import { isAtMost, isVersion, VERSION, VERSION_MASK } from './header.js'
import { isMemo } from './memo.js'
import { merkleLeaves, merkleRoot } from './merkle.js'
import { coinsText, MAX_MONEY } from './money.js'
import { Coinbase, type Transaction, type Transfer } from './transaction.js'

/** A header at its place: all of a block that these rules look at. */
export type Headed = Pick<SecureBlock, 'index' | 'header' | 'hash'>

/** Rules 3 to 5: the work, which the header alone shows. */
export function checkWork(definition: SecureDefinition, block: Headed): Reject | undefined {
  const refusal = checkClaim(definition, block)
  if (refusal !== undefined) return refusal
  const { header, hash } = block
  const target = targetOf(header.bits)!
  if (isAtMost(hashOfShown(hash), target)) return undefined
  const expected = `at most ${target.toString(16).padStart(64, '0')}`
  return reject('high-hash', 'the hash is above the target', { got: hash, expected, fault: 'block' })
}

/** What can be checked of a block that lacks its proof, and needs no other block. */
export function checkUnsealed(definition: SecureDefinition, block: SecureBlock): Reject | undefined {
  return checkClaim(definition, block) ?? checkContents(definition, block)
}

/** Rules 3 and 4: which work the header says that it shows. */
function checkClaim(definition: SecureDefinition, { header }: Headed): Reject | undefined {
  if (!isVersion(header.version)) {
    return reject('bad-version', "a bit of the version that is not the miner's is not as it must be", {
      got: hex32(header.version),
      expected: `${hex32(VERSION)}, but for the bits of ${hex32(VERSION_MASK)}`,
      fault: 'block',
    })
  }
  const target = targetOf(header.bits)
  const limit = targetOf(bitsOfText(definition.pow_limit))!
  if (target === undefined || target > limit) {
    return reject('bad-diffbits', 'the target is none, or easier than the network allows', {
      got: bitsText(header.bits),
      expected: `at most ${definition.pow_limit}`,
      fault: 'block',
    })
  }
  return undefined
}

/** Rules 6 to 10: the place in the chain, and in time. */
export function checkPlace(
  definition: SecureDefinition,
  { index, header }: Headed,
  parent: Headed,
  { grandparent, now }: { readonly grandparent: Headed | undefined; readonly now: UnixSeconds },
): Reject | undefined {
  const previous = shownHash(header.previousHash)
  if (previous !== parent.hash) {
    return reject('prev-blk-not-found', 'the block follows another one', {
      got: previous,
      expected: parent.hash,
      fault: 'unsure',
    })
  }
  if (index !== parent.index + 1) {
    return reject('bad-index', 'the index does not follow that of the block before', {
      got: String(index),
      expected: String(parent.index + 1),
    })
  }
  const bits = nextBits(definition, index, parent.header, grandparent?.header.timestamp ?? 0)
  if (header.bits !== bits) {
    return reject('bad-diffbits', 'the target is not what the difficulty rule gives', {
      got: bitsText(header.bits),
      expected: bitsText(bits),
      fault: 'block',
    })
  }
  const { timestamp } = header
  if (timestamp <= parent.header.timestamp) {
    return reject('time-too-old', 'the block is not later than the one before', {
      got: String(timestamp),
      expected: `at least ${parent.header.timestamp + 1}`,
      fault: 'block',
    })
  }
  const latest = Math.floor(now) + definition.future_limit
  if (timestamp > latest) {
    return reject('time-too-new', 'the block is too far ahead of our clock', {
      got: String(timestamp),
      expected: String(latest),
      hint: 'compare the clocks of both machines',
      fault: 'unsure',
    })
  }
  return undefined
}

/** Rules 11 to 18 but for the signatures: what the block holds. @returns for a transfer with its position */
export function checkContents(definition: SecureDefinition, block: SecureBlock): Reject | undefined {
  return checkBody(definition, block) ?? checkTransfers(definition, block.transactions.slice(1))
}

function checkBody(definition: SecureDefinition, block: SecureBlock): Reject | undefined {
  const { transactions } = block
  // Two brackets, and a comma between each two.
  const length = transactions.reduce((sum, { jcs }) => sum + jcs.length + 1, 1 + Number(transactions.length === 0))
  if (length > definition.max_block_bytes) {
    return reject('bad-blk-length', 'the transactions take too many bytes', {
      got: String(length),
      expected: `at most ${definition.max_block_bytes}`,
    })
  }
  const leaves = leavesOf(block)
  const { root, hasEqualPair } = merkleRoot(leaves)
  const [got, expected] = [shownHash(block.header.merkleRoot), shownHash(root)]
  if (got !== expected) {
    return reject('bad-txnmrklroot', 'the merkle root is not that of the transactions', { got, expected })
  }
  if (hasEqualPair) {
    return reject(
      'bad-txns-duplicate',
      'two equal nodes stand side by side in the merkle tree: a shorter list has the same root',
    )
  }
  return checkCoinbase(definition, block)
}

/** The leaves of a block's merkle tree. */
export function leavesOf({ transactions, extraNonce }: Pick<SecureBlock, 'transactions' | 'extraNonce'>): Uint8Array[] {
  const [first, ...others] = transactions.map(({ hash }) => hash)
  return first === undefined ? [] : merkleLeaves(first, extraNonce, others)
}

function checkCoinbase({ hrp }: SecureDefinition, { transactions, index }: SecureBlock): Reject | undefined {
  const [first, ...others] = transactions
  if (!(first instanceof Coinbase)) {
    return reject('bad-cb-missing', 'the first transaction is not a coinbase', { fault: 'block' })
  }
  const second = others.findIndex((each) => each instanceof Coinbase)
  if (second >= 0) {
    return reject('bad-cb-multiple', 'there is more than one coinbase', { got: `one at ${second + 1}`, fault: 'block' })
  }
  const { nonce, recipient, memo } = first.fields
  if (nonce !== index) {
    return reject('bad-cb-height', "the coinbase's nonce is not the block's index", {
      got: String(nonce),
      expected: String(index),
      fault: 'block',
    })
  }
  const refusal = addressFault(hrp, 'recipient', recipient) ?? memoFault(memo)
  return refusal && { ...refusal, fault: 'block' }
}

function checkTransfers(definition: SecureDefinition, transfers: readonly Transaction[]): Reject | undefined {
  for (const [i, transfer] of transfers.entries()) {
    const refusal = checkTransfer(definition, transfer as Transfer)
    if (refusal !== undefined) return { ...refusal, fault: 'block', position: i + 1 }
  }
  return undefined
}

/** Rule 18 of one transfer, but for the signature and whether the key is one. */
export function checkTransfer({ hrp }: SecureDefinition, { fields }: Transfer): Reject | undefined {
  const { sender, recipient, amount, fee, memo, public_key } = fields
  const from = decodeAddress(hrp, sender)
  if (from === undefined) return addressFault(hrp, 'sender', sender)
  return (
    addressFault(hrp, 'recipient', recipient) ??
    amountFault(amount, fee) ??
    memoFault(memo) ??
    keyFault(public_key, from)
  )
}

/** Why a text is no address of the network; undefined where it is one. */
export function addressFault(hrp: string, field: string, address: string): Reject | undefined {
  if (decodeAddress(hrp, address) !== undefined) return undefined
  return reject('bad-address', `"${field}" is no address of this network`, {
    got: address,
    expected: `${hrp}1...`,
    hint: `an address of this network begins with ${hrp}1; look for a letter that is wrong or missing`,
  })
}

function amountFault(amount: number, fee: number): Reject | undefined {
  const bad = (message: string, got: number): Reject => reject('bad-amount', message, { got: coinsText(got) })
  if (amount < 1) return bad(`"amount" is at least ${coinsText(1)}`, amount)
  if (fee < 0) return bad('"fee" is at least 0', fee)
  // The sum of two safe integers may be rounded, but not to below this.
  return amount + fee > MAX_MONEY ? bad('"amount" and "fee" are more than there can ever be', amount + fee) : undefined
}

function memoFault(memo: string | undefined): Reject | undefined {
  if (memo === undefined || isMemo(memo)) return undefined
  return reject('bad-memo', 'a memo has 1 to 140 bytes of UTF-8, and none that controls how a text is shown', {
    got: memo,
  })
}

function keyFault(publicKey: string, senderHash: Uint8Array): Reject | undefined {
  const hash = keyHash(bytesOfHex(publicKey))
  if (senderHash.every((byte, i) => byte === hash[i])) return undefined
  return reject('bad-public-key', 'the public key is not that of the sender', { got: publicKey })
}

function hex32(number: number): string {
  return (number >>> 0).toString(16).padStart(8, '0')
}
