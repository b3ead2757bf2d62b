import type { Block, Ledger, Rules } from '../consensus/rules.js'
import { ledgerKey } from './layout.js'
import type { StoreChange, StoreReader } from './store.js'

/** The ledger with the changes of some blocks on top of it, before they are stored. */
export class LedgerBuffer implements Ledger {
  readonly #store: StoreReader
  readonly #values = new Map<string, Uint8Array | undefined>()
  readonly #changed = new Set<string>()

  constructor(store: StoreReader) {
    this.#store = store
  }

  /** Reads what connecting or disconnecting the blocks will ask for: that itself cannot wait. */
  async prepare<B extends Block>(rules: Rules<B>, blocks: readonly B[]): Promise<void> {
    const missing = [...new Set(blocks.flatMap((block) => rules.ledgerKeys(block)))].filter(
      (name) => !this.#values.has(name),
    )
    const values = await this.#store.getMany(missing.map(ledgerKey))
    missing.forEach((name, i) => {
      this.#values.set(name, values[i])
    })
  }

  get(name: string): Uint8Array | undefined {
    if (!this.#values.has(name)) throw new Error(`the ledger key ${name} was not prepared`)
    return this.#values.get(name)
  }

  set(name: string, value: Uint8Array | undefined): void {
    this.#values.set(name, value)
    this.#changed.add(name)
  }

  changes(): StoreChange[] {
    return Array.from(this.#changed, (name) => {
      const value = this.#values.get(name)
      return value === undefined ? { key: ledgerKey(name) } : { key: ledgerKey(name), value }
    })
  }
}
