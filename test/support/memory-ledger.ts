import type { Ledger } from '../../src/consensus/rules.js'
import { hexOf, textOf } from '../../src/primitives/bytes.js'

/** A ledger in a map, of which a test can see all. */
export class MemoryLedger implements Ledger {
  readonly #values = new Map<string, Uint8Array>()

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.#values.delete(key)
    else this.#values.set(key, value)
  }

  copy(): MemoryLedger {
    const copy = new MemoryLedger()
    for (const [key, value] of this.#values) copy.set(key, value)
    return copy
  }

  /** All keys, and values in hex, in the order of the keys. */
  entries(): [string, string][] {
    return Array.from(this.#values, ([key, value]): [string, string] => [key, hexOf(value)]).sort()
  }

  /** All keys and values as text, in the order of the keys. */
  contents(): [string, string][] {
    return Array.from(this.#values, ([key, value]): [string, string] => [key, textOf(value)]).sort()
  }
}
