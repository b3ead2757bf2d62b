/** A key-value pair, or a key to be removed. */
export type StoreChange =
  | { readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly key: Uint8Array; readonly value?: undefined }

/** Of more than a few pages are made while they are taken: as a list they would fill the memory. */
export type StoreChanges = readonly StoreChange[] | AsyncIterable<readonly StoreChange[]>

/** Keys from `from` up to, not including, `to`, in the order of their bytes. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

export type StoreEntry = readonly [key: Uint8Array, value: Uint8Array]

export interface StoreReader {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The values of `keys`, in their order. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  /**
   * Walks through a range as it was when the walk began, some entries at a time.
   * @param reverse from the last key to the first
   */
  entries(range: KeyRange, options?: { reverse?: boolean; limit?: number }): AsyncIterable<readonly StoreEntry[]>
}

/**
 * Sorted keys and values on some medium. All reads throw `StoreDamaged` rather than give back what was not written.
 */
export interface ChainStore extends StoreReader {
  /**
   * Makes all changes or none of them.
   * @param changes or what makes them, some at a time: it may read the store, but not write to it; when it throws, none are made
   * @param sync true to have them survive a power failure before this resolves
   */
  write(changes: StoreChanges, options: { sync: boolean }): Promise<void>
  /** The store as it is now, whatever is written later. To be closed. */
  snapshot(): StoreReader & { close(): Promise<void> }
  close(): Promise<void>
}
