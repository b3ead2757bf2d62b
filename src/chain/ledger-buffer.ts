import type { Block, Ledger, Rules } from '../consensus/rules.js'
import { ledgerKey } from './layout.js'
import type { StoreChange, StoreReader } from './store.js'

/** What a ledger holds under some keys, in their order. */
export interface LedgerSource {
  values(names: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
}

/** The ledger that a store holds. */
export function storedLedger(store: StoreReader): LedgerSource {
  return { values: (names) => store.getMany(names.map(ledgerKey)) }
}

/** A ledger with the changes of some blocks or transactions on top of it, before they are stored. */
export class LedgerBuffer implements Ledger, LedgerSource {
  readonly #source: LedgerSource
  readonly #values = new Map<string, Uint8Array | undefined>()
  readonly #changed = new Set<string>()

  constructor(source: LedgerSource) {
    this.#source = source
  }

  /** Reads what connecting or disconnecting the blocks will ask for: that itself cannot wait. */
  prepare<B extends Block>(rules: Rules<B>, blocks: readonly B[]): Promise<void> {
    return this.prepareKeys(blocks.flatMap((block) => rules.ledgerKeys(block)))
  }

  async prepareKeys(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#values.has(name))
    if (missing.length === 0) return
    const values = await this.#source.values(missing)
    missing.forEach((name, i) => {
      this.#values.set(name, values[i])
    })
  }

  async values(names: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    await this.prepareKeys(names)
    return names.map((name) => this.#values.get(name))
  }

  get(name: string): Uint8Array | undefined {
    if (!this.#values.has(name)) throw new Error(`the ledger key ${name} was not prepared`)
    return this.#values.get(name)
  }

  set(name: string, value: Uint8Array | undefined): void {
    this.#values.set(name, value)
    this.#changed.add(name)
  }

  /** Makes the changes of a buffer whose source this one is. */
  take(other: LedgerBuffer): void {
    for (const name of other.#changed) this.set(name, other.#values.get(name))
  }

  changes(): StoreChange[] {
    return Array.from(this.#changed, (name) => {
      const value = this.#values.get(name)
      return value === undefined ? { key: ledgerKey(name) } : { key: ledgerKey(name), value }
    })
  }
}
