import { asciiOf, bytesOfHex, concatBytes, hexOf, utf8 } from '../../primitives/bytes.js'
import { isJsonObject, type JsonNumber, type JsonValue, readCanonicalJson } from '../../primitives/json/value.js'
import { isReject, type Reject, reject } from '../reject.js'
import type { Block } from '../rules.js'
import { bitsOfText, bitsText } from './compact-target.js'
import { genesisHeader, type SecureDefinition } from './definition.js'
import { bad, type FieldForms, formFault, hex, integer } from './fields.js'
import { hashOfShown, shownHash } from './hash.js'
import { type Header, headerHash } from './header.js'
import {
  type CoinbaseFields,
  decodeTransaction,
  type Transaction,
  type TransferFields,
  transactionOf,
} from './transaction.js'

/** A block of the right form, whose hash is that of its header. `encoded` is its JSON as `JsonCanonicalizer` prints it. */
export interface SecureBlock extends Block {
  /** Its place in the chain, counted from 1. */
  readonly index: number
  readonly header: Header
  /** 8 bytes. */
  readonly extraNonce: Uint8Array
  readonly transactions: readonly Transaction[]
}

export const EXTRA_NONCE_BYTES = 8

const U32_MAX = 0xffff_ffff
const FORMS: FieldForms = {
  index: integer(1),
  version: integer(-(2 ** 31), 2 ** 31 - 1),
  previous_hash: hex(64),
  merkle_root: hex(64),
  timestamp: integer(0, U32_MAX),
  bits: hex(8),
  proof: integer(0, U32_MAX),
  extra_nonce: hex(2 * EXTRA_NONCE_BYTES),
  transactions: { expected: 'a list', holds: Array.isArray },
  hash: hex(64),
}

/** The fields of a block in JSON that was decoded before. */
interface BlockFields {
  readonly index: number
  readonly version: number
  readonly previous_hash: string
  readonly merkle_root: string
  readonly timestamp: number
  readonly bits: string
  readonly proof: number
  readonly extra_nonce: string
  readonly transactions: readonly (CoinbaseFields | TransferFields)[]
}

/**
 * Reads a block that comes from outside.
 * @param printed as `JsonCanonicalizer` prints it
 * @returns bad-format, bad-hash, or a block of which no more than that is known
 */
export function decodeBlock(printed: Uint8Array): SecureBlock | Reject {
  const value = readCanonicalJson(printed)
  if (!isJsonObject(value)) return bad('a block is a JSON object')
  const fault = formFault(value, FORMS, 'a block')
  if (fault !== undefined) return fault
  const transactions: Transaction[] = []
  for (const [position, each] of (value.transactions as JsonValue[]).entries()) {
    const transaction = decodeTransaction(each)
    if (isReject(transaction)) {
      return bad(`transaction ${position}: ${transaction.message}`, {
        ...(transaction.got !== undefined && { got: transaction.got }),
        ...(transaction.expected !== undefined && { expected: transaction.expected }),
      })
    }
    transactions.push(transaction)
  }
  const number = (field: string): number => Number((value[field] as JsonNumber).text)
  const header = readHeader({
    version: number('version'),
    timestamp: number('timestamp'),
    proof: number('proof'),
    previous_hash: value.previous_hash as string,
    merkle_root: value.merkle_root as string,
    bits: value.bits as string,
  })
  const hash = shownHash(headerHash(header))
  if (hash !== value.hash) {
    return reject('bad-hash', 'the field "hash" is not the hash of the header', {
      got: value.hash as string,
      expected: hash,
    })
  }
  const extraNonce = bytesOfHex(value.extra_nonce as string)
  return { hash, encoded: printed, index: number('index'), header, extraNonce, transactions }
}

/** Reads `SecureBlock.encoded`. */
export function readBlock(encoded: Uint8Array): SecureBlock {
  const fields = JSON.parse(asciiOf(encoded)) as BlockFields
  const header = readHeader(fields)
  return {
    hash: shownHash(headerHash(header)),
    encoded,
    index: fields.index,
    header,
    extraNonce: bytesOfHex(fields.extra_nonce),
    transactions: fields.transactions.map(transactionOf),
  }
}

/** A block of its parts. */
export function makeBlock(parts: Pick<SecureBlock, 'index' | 'header' | 'extraNonce' | 'transactions'>): SecureBlock {
  const { index, header, extraNonce, transactions } = parts
  const { version, timestamp, bits, proof } = header
  const hash = shownHash(headerHash(header))
  const [previous, root] = [shownHash(header.previousHash), shownHash(header.merkleRoot)]
  const extra = hexOf(extraNonce)
  // The keys in the order of their code points, as they are printed everywhere.
  const head = `{"bits": "${bitsText(bits)}", "extra_nonce": "${extra}", "hash": "${hash}", "index": ${index}, "merkle_root": "${root}", "previous_hash": "${previous}", "proof": ${proof}, "timestamp": ${timestamp}, "transactions": [`
  const listed = transactions.flatMap(({ encoded }, i) => (i === 0 ? [encoded] : [SEPARATOR, encoded]))
  const encoded = concatBytes([utf8(head), ...listed, utf8(`], "version": ${version}}`)])
  return { ...parts, hash, encoded }
}

const SEPARATOR = utf8(', ')

/** The first block of a network: nothing of it was searched or chosen. */
export function genesisBlock(definition: SecureDefinition): SecureBlock {
  return makeBlock({
    index: 1,
    header: genesisHeader(definition),
    extraNonce: new Uint8Array(EXTRA_NONCE_BYTES),
    transactions: [],
  })
}

function readHeader(fields: Omit<BlockFields, 'index' | 'extra_nonce' | 'transactions'>): Header {
  return {
    version: fields.version,
    previousHash: hashOfShown(fields.previous_hash),
    merkleRoot: hashOfShown(fields.merkle_root),
    timestamp: fields.timestamp,
    bits: bitsOfText(fields.bits),
    proof: fields.proof,
  }
}
