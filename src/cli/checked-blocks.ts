import type { NodeApi } from '../api/node-api.js'
import type { ListedBlock } from '../api/schemas.js'
import type { Network } from '../consensus/network.js'
import { isReject, rejectText } from '../consensus/reject.js'
import type { Block } from '../consensus/rules.js'
import { printJsonBytes } from '../primitives/json/value.js'

const PAGE_BLOCKS = 500

/** A block that is not what the ones before it ask for. */
export class FaultyBlock extends Error {
  readonly height: number

  constructor(height: number, message: string) {
    super(message)
    this.height = height
  }
}

/**
 * The first `length` blocks of a node's chain, each checked here, all but its signatures, whatever the node says of it.
 * @throws FaultyBlock, ApiError, the signal's reason
 */
export async function* checkedBlocks(
  api: NodeApi,
  { rules }: Network,
  { length, signal }: { length: number; signal: AbortSignal },
): AsyncGenerator<ListedBlock> {
  let parent: Block | undefined
  let grandparent: Block | undefined
  const now = Date.now() / 1000
  let height = 0
  while (height < length) {
    signal.throwIfAborted()
    const { blocks } = await api.blocks({ from: height + 1, limit: Math.min(PAGE_BLOCKS, length - height) })
    if (blocks.length === 0) throw new FaultyBlock(height + 1, 'it is missing')
    for (const listed of blocks) {
      height++
      const block = rules.decodeBlock(printJsonBytes(listed.block))
      if (isReject(block)) throw new FaultyBlock(height, rejectText(block))
      if (block.hash !== listed.hash) throw new FaultyBlock(height, `its hash is ${block.hash}, not ${listed.hash}`)
      const refusal = rules.checkBlock(block, parent, { grandparent, now })
      if (refusal !== undefined) throw new FaultyBlock(height, rejectText(refusal))
      grandparent = parent
      parent = block
      yield listed
    }
  }
}
