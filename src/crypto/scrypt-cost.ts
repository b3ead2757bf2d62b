/** What it costs to try one passphrase: 128 · n · r bytes of memory, and p times as long. */
export interface ScryptCost {
  /** A power of 2. */
  readonly n: number
  readonly r: number
  readonly p: number
}
