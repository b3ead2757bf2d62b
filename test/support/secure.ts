import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { isReject } from '../../src/consensus/reject.js'
import { addressOf } from '../../src/consensus/secure/address.js'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import { bitsOfText, targetOf } from '../../src/consensus/secure/compact-target.js'
import { DEV, networkId, type SecureDefinition } from '../../src/consensus/secure/definition.js'
import { hashOfShown, shownHash } from '../../src/consensus/secure/hash.js'
import { headerHash, isAtMost } from '../../src/consensus/secure/header.js'
import { merkleLeaves, merkleRoot } from '../../src/consensus/secure/merkle.js'
import { SecureRules } from '../../src/consensus/secure/rules.js'
import {
  type CoinbaseFields,
  signedText,
  type TransferFields,
  transactionOf,
} from '../../src/consensus/secure/transaction.js'
import { bytesOfHex, utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'

/** Blocks of `dev` take two hashes: tests find them by trying. */
export const DEV_RULES = new SecureRules(DEV)
export const GENESIS_TIME = 1_767_225_600

const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A holder of coins, whose key is made of a number. */
export class Holder {
  readonly publicKey: Uint8Array
  readonly address: string
  readonly #key

  constructor(seed: number, hrp = DEV.hrp) {
    const secret = Buffer.alloc(32)
    secret.writeUInt32BE(seed)
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' })
    this.publicKey = Uint8Array.from(createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32))
    this.address = addressOf(hrp, this.publicKey)
  }

  sign(message: Uint8Array): string {
    return sign(null, message, this.#key).toString('hex')
  }

  /** A signed transfer; what is given is signed as it is, right or wrong. */
  pay(
    to: string,
    { amount = 1, fee = 1_000, nonce = 0, ...others }: Partial<TransferFields> = {},
    network = networkId(DEV),
  ): TransferFields {
    const public_key = Buffer.from(this.publicKey).toString('hex')
    const fields = { sender: this.address, recipient: to, amount, fee, nonce, public_key, ...others }
    return { ...fields, signature: others.signature ?? this.sign(utf8(signedText(fields, network))) }
  }
}

/** A block as its JSON says it. Tests change what they like. */
export interface PlainSecureBlock {
  index: number
  version: number
  previous_hash: string
  merkle_root: string
  timestamp: number
  bits: string
  proof: number
  extra_nonce: string
  transactions: (CoinbaseFields | TransferFields)[]
  hash: string
}

export interface NextOptions {
  readonly definition?: SecureDefinition
  readonly miner: string
  readonly transfers?: readonly TransferFields[]
  /** Seconds after the parent. */
  readonly after?: number
  /** Takes the place of what it names, before the block is searched. */
  readonly fields?: Partial<PlainSecureBlock>
  readonly coinbase?: Partial<CoinbaseFields>
}

/** A block on top of `parent`, right but for what is asked to be otherwise; its proof fits what it says. */
export function nextBlock(parent: SecureBlock, options: NextOptions): PlainSecureBlock {
  const { definition = DEV, miner, transfers = [], after = 1, fields = {}, coinbase = {} } = options
  const index = parent.index + 1
  const fees = transfers.reduce((sum, { fee }) => sum + fee, 0)
  const reward = {
    sender: '0',
    recipient: miner,
    amount: definition.subsidy + fees,
    nonce: index,
    ...coinbase,
  } as const
  const block: PlainSecureBlock = {
    index,
    version: 0x20000000,
    previous_hash: parent.hash,
    merkle_root: '',
    timestamp: parent.header.timestamp + after,
    bits: definition.genesis_bits,
    proof: 0,
    extra_nonce: '0000000000000000',
    transactions: [reward, ...transfers],
    hash: '',
    ...fields,
  }
  return solved({ ...block, merkle_root: fields.merkle_root ?? rootOf(block) })
}

/** The root of what a block holds. */
export function rootOf({ transactions, extra_nonce }: PlainSecureBlock): string {
  const [first, ...others] = transactions.map((each) => transactionOf(each).hash)
  return shownHash(
    first === undefined ? new Uint8Array(32) : merkleRoot(merkleLeaves(first, bytesOfHex(extra_nonce), others)).root,
  )
}

/** Beyond this no test searches. */
const EASY_TARGET = 2n ** 244n

/** Searches a proof from 0 on, and sets the hash. Where the target is none, or too hard, any proof will do. */
export function solved(block: PlainSecureBlock): PlainSecureBlock {
  const target = targetOf(bitsOfText(block.bits)) ?? 0n
  if (target < EASY_TARGET) return hashed(block)
  for (let proof = 0; ; proof++) {
    const header = headerOf({ ...block, proof })
    if (isAtMost(headerHash(header), target)) return { ...block, proof, hash: shownHash(headerHash(header)) }
  }
}

/** With the hash of what it says. */
export function hashed(block: PlainSecureBlock): PlainSecureBlock {
  return { ...block, hash: shownHash(headerHash(headerOf(block))) }
}

function headerOf({ version, previous_hash, merkle_root, timestamp, bits, proof }: PlainSecureBlock) {
  const [previousHash, merkleRoot] = [hashOfShown(previous_hash), hashOfShown(merkle_root)]
  return { version, previousHash, merkleRoot, timestamp, bits: bitsOfText(bits), proof }
}

/** @throws Error where its form is wrong */
export function decodeSecure(block: PlainSecureBlock, rules = DEV_RULES): SecureBlock {
  const decoded = rules.decodeBlock(printed(block))
  if (isReject(decoded)) throw new Error(`${decoded.code}: ${decoded.message}`)
  return decoded
}

/** As `JsonCanonicalizer` prints it. */
export function printed(value: unknown): Uint8Array {
  return canonicalJson(utf8(JSON.stringify(value)), DEV_RULES.blockLimits).slice()
}

/** A chain of `dev` from its first block on: of each block the miner, and the transfers. */
export function secureChain(from: SecureBlock, blocks: readonly Omit<NextOptions, 'definition'>[]): SecureBlock[] {
  const chain: SecureBlock[] = []
  for (const options of blocks) chain.push(decodeSecure(nextBlock(chain.at(-1) ?? from, options)))
  return chain
}
