/**
 * Why a block, a transaction or a request was refused: an expected outcome, so a value and not an exception.
 *
 * `fault` says whose mistake it is: `sender`, whoever sent it is at fault, and the true one may still come from another; `block`, the
 * block of this hash can never be valid, whoever sends it; `unsure`, our clock or our limits may be the wrong ones, so nobody is to be
 * blamed and it may be offered again.
 */
export interface Reject {
  readonly code: RejectCode
  /** The rule that is broken: one sentence for people, without a full stop. `rejectText` adds what was got and expected. */
  readonly message: string
  readonly got?: string
  readonly expected?: string
  /** What to do about it, where something can be done. */
  readonly hint?: string
  /** The transaction of a block that is at fault, counted from 0. */
  readonly position?: number
  readonly fault: 'sender' | 'block' | 'unsure'
}

export type RejectCode =
  /** Not JSON, or not of the shape that a block or transaction has. */
  | 'bad-format'
  /** Larger, deeper or longer than this node reads. */
  | 'too-large'
  /** `previous_hash` is not the hash of the block before. */
  | 'bad-previous-hash'
  /** The proof does not solve the puzzle that the block before sets. */
  | 'bad-proof'
  /** The proof is right for the tutorial's other edition. */
  | 'other-edition'
  /** A field of a payment is missing. */
  | 'missing-value'
  /** The sender or recipient of a payment is no address. */
  | 'bad-address'
  /** The amount of a payment is no amount. */
  | 'bad-amount'
  /** The pool of pending transactions is full. */
  | 'pool-full'
  /** Less than nodes take up, or than what it would replace and a tenth. */
  | 'fee-too-low'
  /** One sender has as many pending transactions as it may have. */
  | 'too-many-pending'
  | 'already-pending'
  /** Another one of the same sender and nonce, which pays more, has its place. */
  | 'replaced'
  /** It waited too long for a block. */
  | 'expired'
  | SecureCode

/** The codes of the secure networks: Bitcoin Core's, where Core has the rule. */
export type SecureCode =
  /** A network definition that is none, or out of its bounds. */
  | 'bad-definition'
  /** The first block is another than the network's. */
  | 'bad-genesis'
  /** The field `hash` is not the hash of the header. */
  | 'bad-hash'
  | 'bad-version'
  /** A target that is none, easier than the network allows, or another than the difficulty rule gives. */
  | 'bad-diffbits'
  /** The hash is above the target that the header claims. */
  | 'high-hash'
  | 'prev-blk-not-found'
  /** The block before was found to be invalid. */
  | 'bad-prevblk'
  | 'bad-index'
  | 'time-too-old'
  /** Our clock may be the wrong one. */
  | 'time-too-new'
  | 'bad-blk-length'
  | 'bad-txnmrklroot'
  /** Equal nodes side by side in the merkle tree (CVE-2012-2459). */
  | 'bad-txns-duplicate'
  | 'bad-cb-missing'
  | 'bad-cb-multiple'
  | 'bad-cb-height'
  | 'bad-cb-amount'
  | 'bad-memo'
  | 'bad-public-key'
  | 'bad-signature'
  | 'bad-nonce'
  | 'insufficient-funds'

const brand = Symbol('reject')

interface BrandedReject extends Reject {
  readonly [brand]: true
}

/** Makes a refusal; the sender's fault unless `details` say otherwise. */
export function reject(
  code: RejectCode,
  message: string,
  details: Partial<Omit<Reject, 'code' | 'message'>> = {},
): Reject {
  const { got, expected } = details
  const refusal: BrandedReject = {
    [brand]: true,
    fault: 'sender',
    ...details,
    ...(got !== undefined && { got: beginningOf(got) }),
    ...(expected !== undefined && { expected: beginningOf(expected) }),
    code,
    message,
  }
  return refusal
}

/** Refusals are remembered, by the thousand, and what is refused may be a megabyte. */
const MAX_VALUE = 200

function beginningOf(value: string): string {
  if (value.length <= MAX_VALUE) return value
  // Put together anew: a mere part of a text has the engine keep the whole.
  return `${[...value.slice(0, MAX_VALUE)].join('')}...`
}

export function isReject(value: unknown): value is Reject {
  return typeof value === 'object' && value !== null && brand in value
}

/** More of a single word, such as of a hash, tells people nothing. */
const SHOWN = 20
/** Of several, such as `at least 0.00001 coins`. */
const SHOWN_WORDS = 60

/** A refusal for people: the rule, what was got and what was expected; of an empty text nothing can be shown. */
export function rejectText({ message, got, expected }: Reject): string {
  const values = [got && `got ${shortened(got)}`, expected && `expected ${shortened(expected)}`].filter(Boolean)
  return values.length === 0 ? message : `${message} (${values.join(', ')})`
}

function shortened(value: string): string {
  const most = value.includes(' ') ? SHOWN_WORDS : SHOWN
  return value.length <= most ? value : `${value.slice(0, most)}...`
}
