import type { ChainStore, KeyRange, StoreReader } from '../../src/chain/store.js'
import { textOf, utf8 } from '../../src/primitives/bytes.js'

/** The key of one zero byte is the store's own. */
export const ALL: KeyRange = { from: Uint8Array.of(1), to: Uint8Array.of(0xff) }

type Options = Parameters<StoreReader['entries']>[1]

/** Entries as `key=value`. */
export async function list(store: StoreReader, range = ALL, options: Options = {}): Promise<string[]> {
  const found: string[] = []
  for await (const page of store.entries(range, options)) {
    for (const [key, value] of page) found.push(`${textOf(key)}=${textOf(value)}`)
  }
  return found
}

/** Stores give back bytes of any kind: Buffers are bytes, too. */
export function text(value: Uint8Array | undefined): string | undefined {
  return value && textOf(value)
}

export function range(from: string, to: string): KeyRange {
  return { from: utf8(from), to: utf8(to) }
}

/** `key=value` sets, `key` removes. */
export async function write(store: ChainStore, ...changes: string[]): Promise<void> {
  const parsed = changes.map((change) => {
    const [key, value] = change.split('=') as [string, string?]
    return value === undefined ? { key: utf8(key) } : { key: utf8(key), value: utf8(value) }
  })
  await store.write(parsed, { sync: false })
}
