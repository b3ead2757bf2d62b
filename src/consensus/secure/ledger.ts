import { concatBytes } from '../../primitives/bytes.js'
import { type Reject, reject } from '../reject.js'
import type { Account, Ledger } from '../rules.js'
import type { SecureBlock } from './block.js'
import type { SecureDefinition } from './definition.js'
import { coinsText, subsidyAt } from './money.js'
import { Coinbase, type Transfer } from './transaction.js'

const NO_ACCOUNT: Account = { balance: 0, nonce: 0 }
/** Two u64, the highest byte first: the balance and the nonce. */
const ACCOUNT_BYTES = 16
const WORD = 2 ** 32
/** In undo data, of an account that was not there: no balance is so large. */
const ABSENT = new Uint8Array(ACCOUNT_BYTES).fill(0xff)

/** Ledger key of an address: what follows the prefix, which all addresses of a network share. */
export function accountKey(address: string): string {
  return address.slice(address.lastIndexOf('1') + 1)
}

export function readAccount(value: Uint8Array | undefined): Account {
  if (value === undefined) return NO_ACCOUNT
  const view = new DataView(value.buffer, value.byteOffset)
  return {
    balance: view.getUint32(0) * WORD + view.getUint32(4),
    nonce: view.getUint32(8) * WORD + view.getUint32(12),
  }
}

/** The accounts that a block reads or changes. */
export function accountsOf({ transactions }: SecureBlock): string[] {
  const keys = new Set<string>()
  for (const { fields } of transactions) {
    keys.add(accountKey(fields.recipient))
    if ('fee' in fields) keys.add(accountKey(fields.sender))
  }
  return [...keys]
}

/**
 * Applies a block: rules 19 and 20.
 * @returns what the accounts were, in the order of `accountsOf`
 */
export function connectBlock(definition: SecureDefinition, block: SecureBlock, ledger: Ledger): Uint8Array | Reject {
  const [coinbase, ...others] = block.transactions
  // The first block moves nothing.
  if (!(coinbase instanceof Coinbase)) return new Uint8Array(0)
  const transfers = others as Transfer[]
  const fees = transfers.reduce((sum, { fields }) => sum + BigInt(fields.fee), 0n)
  const reward = BigInt(subsidyAt(definition, block.index)) + fees
  if (BigInt(coinbase.fields.amount) !== reward) {
    return reject('bad-cb-amount', 'the coinbase is not the subsidy and all fees', {
      got: coinsText(coinbase.fields.amount),
      expected: coinsText(Number(reward)),
      fault: 'block',
    })
  }
  const before = concatBytes(accountsOf(block).map((key) => ledger.get(key) ?? ABSENT))
  for (const [i, transfer] of transfers.entries()) {
    const refusal = applyTransfer(transfer, ledger)
    if (refusal !== undefined) return { ...refusal, fault: 'block', position: i + 1 }
  }
  // Last: its coins can be spent from the next block on.
  const { recipient, amount } = coinbase.fields
  change(ledger, recipient, amount, 0)
  return before
}

/** Puts the accounts back to what they were before the block. */
export function disconnectBlock(block: SecureBlock, undo: Uint8Array, ledger: Ledger): void {
  if (block.transactions.length === 0) return
  for (const [i, key] of accountsOf(block).entries()) {
    const value = undo.slice(i * ACCOUNT_BYTES, (i + 1) * ACCOUNT_BYTES)
    ledger.set(key, value[0] === ABSENT[0] ? undefined : value)
  }
}

/** Moves a transfer's coins, all but the fee to the recipient; changes nothing where it is refused. */
export function applyTransfer({ fields }: Transfer, ledger: Ledger): Reject | undefined {
  const { sender, recipient, amount, fee, nonce } = fields
  const account = readAccount(ledger.get(accountKey(sender)))
  if (nonce !== account.nonce) {
    return reject('bad-nonce', "the nonce is not the number of the sender's earlier transfers", {
      got: String(nonce),
      expected: String(account.nonce),
    })
  }
  if (account.balance < amount + fee) {
    return reject('insufficient-funds', 'the sender has less than amount and fee', {
      got: coinsText(account.balance),
      expected: coinsText(amount + fee),
    })
  }
  change(ledger, sender, -(amount + fee), 1)
  change(ledger, recipient, amount, 0)
  return undefined
}

function change(ledger: Ledger, address: string, grains: number, transfers: number): void {
  const key = accountKey(address)
  const { balance, nonce } = readAccount(ledger.get(key))
  ledger.set(key, encodeAccount({ balance: balance + grains, nonce: nonce + transfers }))
}

/** @returns undefined for an account as one that was never used */
function encodeAccount({ balance, nonce }: Account): Uint8Array | undefined {
  if (balance === 0 && nonce === 0) return undefined
  const value = new Uint8Array(ACCOUNT_BYTES)
  const view = new DataView(value.buffer)
  view.setUint32(0, Math.floor(balance / WORD))
  view.setUint32(4, balance % WORD)
  view.setUint32(8, Math.floor(nonce / WORD))
  view.setUint32(12, nonce % WORD)
  return value
}
