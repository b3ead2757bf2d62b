import type { SyncProgress } from '../api/schemas.js'
import { ProgressText } from './progress.js'

/** Describes how far the fetching of blocks from peers is. */
export class SyncText {
  #text: ProgressText | undefined

  describe({ blocks, total }: SyncProgress): string {
    this.#text ??= new ProgressText('fetching blocks', blocks)
    return this.#text.describe(blocks, total)
  }
}

/** From so many seconds on the clocks of laptops are more than a little apart. */
const TOLERATED_SECONDS = 20

/** What is to be said of a node's clock, if anything is. @param ahead `Resolution.clockAhead` */
export function clockWarning(ahead: number | null): string | undefined {
  if (ahead === null || Math.abs(ahead) <= TOLERATED_SECONDS) return undefined
  const where = ahead > 0 ? 'behind' : 'ahead of'
  const risk = ahead > 0 ? "others' blocks may be refused here" : 'blocks that are mined here may be refused'
  return `the clock of this node is ${Math.abs(ahead)} s ${where} those of its peers: set it, or ${risk}`
}
