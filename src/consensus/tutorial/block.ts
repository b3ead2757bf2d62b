import { sha256Hex } from '#crypto'
import { asciiOf, utf8 } from '../../primitives/bytes.js'
import { canonicalElements, canonicalMember, type Span } from '../../primitives/json/value.js'
import type { UnixSeconds } from '../../primitives/time.js'
import { type Reject, reject } from '../reject.js'
import type { Block } from '../rules.js'

/**
 * The nesting that a block may have. CPython gives up below a thousand levels, whatever of them Flask has used already.
 */
export const MAX_DEPTH = 900
/** Bytes of a block: room for 50,000 transactions. The tutorial sets no limit; a node's memory does. */
export const MAX_BLOCK_BYTES = 8 * 1024 * 1024

/** A block of the tutorial. `encoded` is what the tutorial hashes: Python's `json.dumps(block, sort_keys=True)`. */
export interface TutorialBlock extends Block {
  /** Printed JSON, with the quotes if it is a string; undefined where the block has none. */
  readonly previousHash: string | undefined
  /** Python's `str()` of the proof, or why it has none that counts. */
  readonly proof: string | Reject
}

/** @param printed as `JsonCanonicalizer` prints it */
export function decodeBlock(printed: Uint8Array): TutorialBlock | Reject {
  return printed[0] === 0x7b ? readBlock(printed) : reject('bad-format', 'a block is not a JSON object')
}

/** @param encoded a printed JSON object */
export function readBlock(encoded: Uint8Array): TutorialBlock {
  const previousHash = canonicalMember(encoded, 'previous_hash')
  const proof = canonicalMember(encoded, 'proof', previousHash?.end)
  return {
    hash: sha256Hex(encoded),
    encoded,
    previousHash: previousHash && asciiOf(encoded, previousHash.start, previousHash.end),
    proof: proof ? pythonStr(encoded, proof.start, proof.end) : reject('bad-format', 'a block has no "proof"'),
  }
}

/** Where the elements of `transactions` stand in `encoded`; none where it is no list. */
export function* transactionSpans(encoded: Uint8Array): Generator<Span> {
  const transactions = canonicalMember(encoded, 'transactions')
  if (transactions !== undefined && encoded[transactions.start] === 0x5b) {
    yield* canonicalElements(encoded, transactions.start)
  }
}

/** When a block says that it was made; a peer's may say nothing, or nonsense. */
export function blockTime({ encoded }: TutorialBlock): UnixSeconds | undefined {
  const timestamp = canonicalMember(encoded, 'timestamp')
  const time = timestamp === undefined ? Number.NaN : Number(asciiOf(encoded, timestamp.start, timestamp.end))
  return Number.isFinite(time) ? time : undefined
}

/** What the tutorial concatenates and hashes: Python's `str()` of a value that is not a list or an object. */
function pythonStr(printed: Uint8Array, start: number, end: number): string | Reject {
  switch (printed[start]) {
    case 0x7b:
    case 0x5b:
      return reject('bad-format', 'a proof is a list or an object')
    case 0x74:
      return 'True'
    case 0x66:
      return 'False'
    case 0x6e:
      return 'None'
    case 0x22: {
      const text = JSON.parse(asciiOf(printed, start, end)) as string
      // Python cannot encode such a text and stops.
      return text.isWellFormed() ? text : reject('bad-format', 'a proof holds half a surrogate pair')
    }
    default:
      return asciiOf(printed, start, end)
  }
}

/** A block of ours, of parts that are printed JSON already. */
export function encodeBlock(parts: {
  index: number
  previousHash: string
  proof: number
  timestamp: string
  transactions: readonly Uint8Array[]
}): Uint8Array {
  const head = utf8(
    `{"index": ${parts.index}, "previous_hash": ${parts.previousHash}, "proof": ${parts.proof}, "timestamp": ${parts.timestamp}, "transactions": [`,
  )
  const size = parts.transactions.reduce((sum, transaction) => sum + transaction.length + 2, head.length + 2)
  const encoded = new Uint8Array(size)
  encoded.set(head)
  let at = head.length
  for (const transaction of parts.transactions) {
    if (at > head.length) {
      encoded[at++] = 0x2c
      encoded[at++] = 0x20
    }
    encoded.set(transaction, at)
    at += transaction.length
  }
  encoded[at++] = 0x5d
  encoded[at++] = 0x7d
  return encoded.subarray(0, at)
}
