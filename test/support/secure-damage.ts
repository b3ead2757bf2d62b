import type { SecureBlock } from '../../src/consensus/secure/block.js'
import type { TransferFields } from '../../src/consensus/secure/transaction.js'
import type { Dice } from './dice.js'
import { type Holder, hashed, nextBlock, type PlainSecureBlock, rootOf, solved } from './secure.js'

type Loose = Record<string, unknown>

const NUMBERS = [0, 1, -1, 2, 5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 8.4e15, 8.4e15 + 1, 2 ** 53 - 1, 1.5]
const BITS = [
  '207fffff',
  '207ffffe',
  '20ffffff',
  '00000000',
  '01fedcba',
  '2100ffff',
  '21008000',
  'ff123456',
  '2007ffff',
  '03000001',
]
const TEXTS = [
  '',
  '0',
  'x',
  'ab'.repeat(32),
  'AB'.repeat(32),
  'ab'.repeat(64),
  '00'.repeat(8),
  '\u202e',
  'é☕',
  '\ud800',
  'x'.repeat(141),
]
const OTHERS = [null, true, [], {}, '5']
const VERSIONS = [0x20000000, 0x20002000, 0x3fffe000, 0x20000001, 0, 1, -1, 0x60000000]

export interface DamageOptions {
  readonly holders: readonly Holder[]
  readonly stranger: Holder
  /** Of the sender in the chain so far. */
  readonly nonceOf: (address: string) => number
}

/** The text of a block on top of `parent`: mostly with one thing wrong, in any of its parts, and mostly with work and root to match. */
export function damagedBlock(dice: Dice, parent: SecureBlock, options: DamageOptions): string {
  const { holders, nonceOf } = options
  const counts = new Map<string, number>()
  const transfers = Array.from({ length: dice.below(4) }, () => {
    const from = dice.one(holders)
    const nonce = nonceOf(from.address) + (counts.get(from.address) ?? 0)
    counts.set(from.address, (counts.get(from.address) ?? 0) + 1)
    return from.pay(dice.one(holders).address, { amount: 1 + dice.below(1000), fee: dice.below(3), nonce })
  })
  const block = nextBlock(parent, { miner: dice.one(holders).address, transfers, after: 1 + dice.below(3) })
  const damage = dice.one([...IN_BLOCK, ...IN_TRANSACTIONS, ...IN_TRANSACTIONS])
  let damaged = damage(dice, structuredClone(block), options)
  try {
    if (dice.chance(0.85)) damaged = { ...damaged, merkle_root: rootOf(damaged) }
    damaged = dice.chance(0.9) ? solved(damaged) : hashed(damaged)
  } catch {
    // What has not even the form of a block has no root, and no work.
  }
  const text = JSON.stringify(damaged)
  return dice.chance(0.08) ? dice.one(IN_TEXT)(text) : text
}

type Damage = (dice: Dice, block: PlainSecureBlock, options: DamageOptions) => PlainSecureBlock

function withField(field: string, value: unknown): Damage {
  return (_dice, block) => ({ ...block, [field]: value }) as PlainSecureBlock
}

function anyOf(field: string, values: readonly unknown[]): Damage {
  return (dice, block, options) => withField(field, dice.one(values))(dice, block, options)
}

const IN_BLOCK: readonly Damage[] = [
  (_dice, block) => block,
  anyOf('version', VERSIONS),
  anyOf('bits', BITS),
  anyOf('index', [...NUMBERS, ...OTHERS]),
  (dice, block) => ({
    ...block,
    timestamp: block.timestamp + dice.one([-10, -3, -1, 0, 86_395, 86_400, 86_410, 2 ** 32]),
  }),
  anyOf('previous_hash', TEXTS),
  anyOf('extra_nonce', [...TEXTS, '00000000000000ff']),
  anyOf('proof', [...NUMBERS, ...OTHERS]),
  anyOf('hash', TEXTS),
  anyOf('transactions', [...OTHERS, []]),
  (dice, block) => ({ ...block, [dice.one(['miner', 'Index', '__proto__', ''])]: 1 }),
  (dice, block) => {
    const field = dice.one(Object.keys(block))
    return { ...block, [field]: undefined } as never
  },
  (dice, block) => ({ ...block, [dice.one(Object.keys(block))]: dice.one([...NUMBERS, ...TEXTS, ...OTHERS]) }) as never,
]

function inTransaction(change: (dice: Dice, transaction: Loose, options: DamageOptions) => Loose): Damage {
  return (dice, block, options) => {
    const at = dice.below(block.transactions.length)
    const transactions = block.transactions.map((each, i) => (i === at ? change(dice, { ...each }, options) : each))
    return { ...block, transactions: transactions as never }
  }
}

/** Signs a transfer again, so that only what was changed is wrong with it. */
function signedAgain(dice: Dice, fields: Loose, { holders }: DamageOptions): Loose {
  const holder = holders.find(({ address }) => address === fields.sender)
  if (holder === undefined || !('signature' in fields) || dice.chance(0.3)) return fields
  const { signature: _, recipient, ...others } = fields as unknown as TransferFields
  return holder.pay(recipient, others) as unknown as Loose
}

const IN_TRANSACTIONS: readonly Damage[] = [
  ...['amount', 'fee', 'nonce'].map((field) =>
    inTransaction((dice, fields, options) => signedAgain(dice, { ...fields, [field]: dice.one(NUMBERS) }, options)),
  ),
  ...['amount', 'fee', 'nonce', 'sender', 'recipient', 'memo', 'public_key', 'signature'].map((field) =>
    inTransaction((dice, fields) => ({ ...fields, [field]: dice.one([...TEXTS, ...OTHERS]) })),
  ),
  inTransaction((dice, fields, options) => signedAgain(dice, { ...fields, memo: dice.one(TEXTS) }, options)),
  inTransaction((dice, fields, options) => {
    const address = dice.one([
      options.stranger.address,
      'chain1qy8lrrhap2j3xzcntlp2qgm7jyudhhm2tr6svts',
      String(fields.recipient).toUpperCase(),
    ])
    return signedAgain(dice, { ...fields, recipient: address }, options)
  }),
  inTransaction((dice, fields, { holders }) => ({
    ...fields,
    public_key: Buffer.from(dice.one(holders).publicKey).toString('hex'),
  })),
  inTransaction((dice, fields) => ({ ...fields, signature: flipped(dice, String(fields.signature)) })),
  inTransaction((dice, fields) => ({ ...fields, public_key: flipped(dice, String(fields.public_key)) })),
  inTransaction((dice, fields) => ({ ...fields, amount: Number(fields.amount) + dice.one([-1, 1, 1e9, 8.4e15]) })),
  inTransaction((dice, fields, options) =>
    signedAgain(dice, { ...fields, nonce: Number(fields.nonce) + dice.one([-1, 1, 2]) }, options),
  ),
  inTransaction((dice, fields, options) =>
    signedAgain(dice, { ...fields, amount: dice.one([5e9, 1e12, 8e15, 8.4e15]) }, options),
  ),
  inTransaction((dice, fields) => ({ ...fields, [dice.one(['gas', 'network'])]: 1 })),
  inTransaction((dice, fields) => ({ ...fields, [dice.one(Object.keys(fields))]: undefined })),
  (_dice, block) => ({ ...block, transactions: [...block.transactions, block.transactions.at(-1)!] }),
  (_dice, block) => ({ ...block, transactions: [...block.transactions, ...block.transactions.slice(-2)] }),
  (_dice, block) => ({ ...block, transactions: block.transactions.slice(1) }),
  (_dice, block) => ({ ...block, transactions: [...block.transactions, block.transactions[0]!] }),
  (_dice, block) => ({ ...block, transactions: block.transactions.toReversed() }),
  (dice, block) => ({
    ...block,
    transactions: [block.transactions[0]!, ...dice.shuffled(block.transactions.slice(1))],
  }),
  // Too many bytes.
  (dice, block) => {
    const memo = 'x'.repeat(dice.one([999_000, 1_000_000, 1_200_000]))
    return { ...block, transactions: [{ ...block.transactions[0]!, memo }, ...block.transactions.slice(1)] }
  },
]

function flipped(dice: Dice, hex: string): string {
  if (!/^[0-9a-f]+$/.test(hex)) return hex
  const at = dice.below(hex.length)
  return hex.slice(0, at) + (Number.parseInt(hex[at]!, 16) ^ (1 << dice.below(4))).toString(16) + hex.slice(at + 1)
}

/** What only the text shows. */
const IN_TEXT: readonly ((text: string) => string)[] = [
  (text) => text.replace(/"index":(\d+)/, '"index":$1.0'),
  (text) => text.replace(/"amount":(\d+)/, '"amount":$1e0'),
  (text) => text.replace(/"fee":0/, '"fee":-0'),
  (text) => text.replace(/"proof":/, '"proof":0,"proof":'),
  (text) => text.replace(/"sender":/, '"sender":"0","sender":'),
  (text) => `\ufeff${text}`,
  (text) => `${text}x`,
  (text) => text.slice(0, -1),
  (text) => `[${text}]`,
  (text) => text.replace(/"nonce":(\d+)/, '"nonce":0$1'),
  (text) => text.replace(/"amount":(\d+)/, '"amount":9007199254740993'),
  (text) => text.replace('{', '{"\\u0069ndex":1,'),
]
