import type { CoinbaseFields, TransferFields } from '../../src/consensus/secure/transaction.js'

const SUBSIDY = 5_000_000_000n

interface NaiveAccount {
  balance: bigint
  nonce: number
}

interface NaiveBlock {
  readonly transactions: readonly (CoinbaseFields | TransferFields)[]
}

/** The secure networks' ledger as a beginner would write it: accounts in a map, all blocks one after the other. It shares nothing with `src`. */
export class NaiveLedger {
  readonly #accounts = new Map<string, NaiveAccount>()

  /** @returns undefined where a block is not valid */
  static after(blocks: readonly NaiveBlock[]): NaiveLedger | undefined {
    const ledger = new NaiveLedger()
    return blocks.every((block) => ledger.apply(block)) ? ledger : undefined
  }

  of(address: string): NaiveAccount {
    return { ...(this.#accounts.get(address) ?? { balance: 0n, nonce: 0 }) }
  }

  /** All coins there are, in grains. */
  get supply(): bigint {
    let supply = 0n
    for (const { balance } of this.#accounts.values()) supply += balance
    return supply
  }

  apply({ transactions }: NaiveBlock): boolean {
    const [coinbase, ...transfers] = transactions
    let fees = 0n
    for (const transfer of transfers as TransferFields[]) {
      fees += BigInt(transfer.fee)
      if (!this.pay(transfer)) return false
    }
    this.reward(coinbase!)
    return BigInt(coinbase!.amount) === SUBSIDY + fees
  }

  reward({ recipient, amount }: CoinbaseFields | TransferFields): void {
    const miner = this.of(recipient)
    this.#accounts.set(recipient, { ...miner, balance: miner.balance + BigInt(amount) })
  }

  /** @returns whether it can be paid; else nothing is changed */
  pay({ sender, recipient, amount, fee, nonce }: TransferFields): boolean {
    const from = this.of(sender)
    const cost = BigInt(amount) + BigInt(fee)
    if (from.nonce !== nonce || from.balance < cost) return false
    this.#accounts.set(sender, { balance: from.balance - cost, nonce: nonce + 1 })
    const to = this.of(recipient)
    this.#accounts.set(recipient, { ...to, balance: to.balance + BigInt(amount) })
    return true
  }
}
