import type { ChainStore, KeyRange, StoreChange, StoreChanges, StoreEntry, StoreReader } from '../chain/store.js'
import { hexOf } from '../primitives/bytes.js'

const PAGE_ENTRIES = 100

class MemoryReader implements StoreReader {
  /** By the key's hex, which sorts as its bytes do. */
  protected entriesByHex: ReadonlyMap<string, StoreEntry>

  constructor(entries: ReadonlyMap<string, StoreEntry>) {
    this.entriesByHex = entries
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const entry = this.entriesByHex.get(hexOf(key))
    return entry && copyOf(entry[1])
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  async *entries(range: KeyRange, options: { reverse?: boolean; limit?: number } = {}): AsyncGenerator<StoreEntry[]> {
    const entries = this.entriesByHex
    const [from, to] = [hexOf(range.from), hexOf(range.to)]
    const keys = [...entries.keys()].filter((key) => key >= from && key < to).sort()
    if (options.reverse) keys.reverse()
    const wanted = keys.slice(0, options.limit ?? keys.length)
    for (let i = 0; i < wanted.length; i += PAGE_ENTRIES) {
      yield wanted.slice(i, i + PAGE_ENTRIES).map((hex) => {
        const [key, value] = entries.get(hex)!
        return [copyOf(key), copyOf(value)] as const
      })
    }
  }
}

/** Keys and values in memory, for nodes that are to leave nothing behind. Each write copies all of it. */
export class MemoryStore extends MemoryReader implements ChainStore {
  constructor() {
    super(new Map())
  }

  async write(changes: StoreChanges): Promise<void> {
    if ('length' in changes) this.#apply(changes)
    else {
      const all: StoreChange[] = []
      for await (const page of changes) for (const change of page) all.push(change)
      this.#apply(all)
    }
  }

  #apply(changes: readonly StoreChange[]): void {
    const entries = new Map(this.entriesByHex)
    for (const { key, value } of changes) {
      if (value === undefined) entries.delete(hexOf(key))
      else entries.set(hexOf(key), [copyOf(key), copyOf(value)])
    }
    this.entriesByHex = entries
  }

  snapshot(): StoreReader & { close(): Promise<void> } {
    return Object.assign(new MemoryReader(this.entriesByHex), { close: async () => {} })
  }

  async close(): Promise<void> {}
}

/** A copy also of a Buffer, whose own slice() shares its bytes. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
