import { bytesOfHex, utf8 } from '../../primitives/bytes.js'
import { canonicalJson } from '../../primitives/json/canonicalizer.js'
import { isJsonObject, type JsonNumber, type JsonValue } from '../../primitives/json/value.js'
import type { Reject } from '../reject.js'
import type { BlockTransaction } from '../rules.js'
import type { SignatureCheck } from '../signature.js'
import { anyText, bad, type FieldForms, formFault, hex, integer } from './fields.js'
import { sha256d, shownHash } from './hash.js'

/** Whom a coinbase comes from: nobody's address. */
export const COINBASE_SENDER = '0'

/** What both kinds of transactions say. Amounts are grains. */
interface Common {
  readonly recipient: string
  readonly amount: number
  readonly memo?: string
  /** Of a transfer: earlier transfers of its sender in the chain. Of a coinbase: the block's index. */
  readonly nonce: number
}

/** Brings new coins into being, and the fees of a block to its miner. */
export interface CoinbaseFields extends Common {
  readonly sender: typeof COINBASE_SENDER
}

/** Moves coins. */
export interface TransferFields extends Common {
  readonly sender: string
  readonly fee: number
  /** 64 hex digits. */
  readonly public_key: string
  /** 128 hex digits. */
  readonly signature: string
}

const COINBASE: FieldForms = {
  sender: anyText,
  recipient: anyText,
  amount: integer(),
  nonce: integer(0),
  memo: { ...anyText, isOptional: true },
}
const TRANSFER: FieldForms = { ...COINBASE, fee: integer(), public_key: hex(64), signature: hex(128) }
const NO_LIMITS = { maxDepth: 1, maxBytes: Number.POSITIVE_INFINITY }

/** A transaction of the right form, which is all that is known of it. What is worked out of it is kept. */
abstract class EncodedTransaction<F extends Common> implements BlockTransaction {
  readonly fields: F
  #jcs: Uint8Array | undefined
  #hash: Uint8Array | undefined
  #id: string | undefined
  #encoded: Uint8Array | undefined

  constructor(fields: F, encoded?: Uint8Array) {
    this.fields = fields
    this.#encoded = encoded
  }

  abstract readonly addresses: readonly string[]
  protected abstract print(): string

  /** RFC 8785, as UTF-8: what is hashed and measured. */
  get jcs(): Uint8Array {
    this.#jcs ??= utf8(this.print())
    return this.#jcs
  }

  /** SHA-256d of `jcs`, in the order in which it is hashed further. */
  get hash(): Uint8Array {
    this.#hash ??= sha256d(this.jcs)
    return this.#hash
  }

  get id(): string {
    this.#id ??= shownHash(this.hash)
    return this.#id
  }

  get encoded(): Uint8Array {
    // A copy: what is printed lies in memory that is made for much larger texts.
    this.#encoded ??= canonicalJson(this.jcs, NO_LIMITS).slice()
    return this.#encoded
  }
}

export class Coinbase extends EncodedTransaction<CoinbaseFields> {
  get addresses(): readonly string[] {
    return [this.fields.recipient]
  }

  protected print(): string {
    const { amount, memo, nonce, recipient, sender } = this.fields
    return `{"amount":${amount}${memoText(memo)},"nonce":${nonce},"recipient":${quoted(recipient)},"sender":"${sender}"}`
  }
}

export class Transfer extends EncodedTransaction<TransferFields> {
  get addresses(): readonly string[] {
    const { sender, recipient } = this.fields
    return sender === recipient ? [sender] : [sender, recipient]
  }

  /** What is signed: the transaction without its signature, and with the network. @param networkId as it is shown */
  signedBytes(networkId: string): Uint8Array {
    return utf8(signedText(this.fields, networkId))
  }

  /** @param networkId as it is shown */
  signatureCheck(networkId: string): SignatureCheck {
    const { public_key, signature } = this.fields
    return {
      publicKey: bytesOfHex(public_key),
      message: this.signedBytes(networkId),
      signature: bytesOfHex(signature),
    }
  }

  protected print(): string {
    return `${unsignedText(this.fields)},"signature":"${this.fields.signature}"}`
  }
}

export type Transaction = Coinbase | Transfer

/** Reads a transaction of any origin. @returns bad-format, or one of which nothing but the form is known */
export function decodeTransaction(value: JsonValue, encoded?: Uint8Array): Transaction | Reject {
  if (!isJsonObject(value)) return bad('a transaction is a JSON object')
  const isCoinbase = value.sender === COINBASE_SENDER
  const fault = formFault(value, isCoinbase ? COINBASE : TRANSFER, isCoinbase ? 'a coinbase' : 'a transfer')
  if (fault !== undefined) return fault
  const read = value as Record<string, string | JsonNumber>
  const number = (field: string): number => Number((read[field] as JsonNumber).text)
  const { recipient, memo, public_key, signature } = read as Record<string, string>
  const common = {
    recipient: recipient!,
    amount: number('amount'),
    nonce: number('nonce'),
    ...(memo !== undefined && { memo }),
  }
  return isCoinbase
    ? new Coinbase({ ...common, sender: COINBASE_SENDER }, encoded)
    : new Transfer(
        {
          ...common,
          sender: value.sender as string,
          fee: number('fee'),
          public_key: public_key!,
          signature: signature!,
        },
        encoded,
      )
}

/** Of a transaction that was decoded before. */
export function transactionOf(fields: CoinbaseFields | TransferFields): Transaction {
  return 'signature' in fields ? new Transfer(fields) : new Coinbase(fields)
}

/** What the holder of the key signs. */
export function signedText(fields: Omit<TransferFields, 'signature'>, networkId: string): string {
  return `${unsignedText(fields, `,"network":"${networkId}"`)}}`
}

/** Up to the signature. The keys are in the order of RFC 8785, which prints texts and safe integers as JSON.stringify does. */
function unsignedText(fields: Omit<TransferFields, 'signature'>, network = ''): string {
  const { amount, fee, memo, nonce, public_key, recipient, sender } = fields
  const head = `{"amount":${amount},"fee":${fee}${memoText(memo)}${network},"nonce":${nonce}`
  return `${head},"public_key":"${public_key}","recipient":${quoted(recipient)},"sender":${quoted(sender)}`
}

function memoText(memo: string | undefined): string {
  return memo === undefined ? '' : `,"memo":${quoted(memo)}`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
