import { ApiError } from '../../api/errors.js'
import { readBlocks, readHeader } from '../chain-file.js'
import { openNode } from '../nodes/open-node.js'
import { startProgress } from '../progress.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted } from '../text.js'

/** `chain import`: adopts the chain of a file if it is longer than ours; every block is checked. */
export async function importFile(terminal: Terminal, file: string): Promise<void> {
  const { api, node, network } = await openNode(terminal)
  try {
    if (node === undefined) {
      throw new UsageError(
        'another process has the node: it takes blocks of its peers alone',
        'end it first, or take another --port',
      )
    }
    const { length: promised } = await readHeader(file, network)
    const progress = await startProgress(terminal, 'reading', promised)
    const { read, length, lengthBefore, refusal } = await node
      .importChain(readBlocks(file, network.rules.blockLimits), { name: file, onProgress: progress.update })
      .finally(progress.stop)
    const hint = `what was valid and longer is kept: our chain has ${counted(length, 'block')}`
    if (refusal !== undefined) {
      throw new ApiError('bad-format', `block ${refusal.height} of ${file}: ${refusal.message}`, { hint })
    }
    if (read < promised) {
      throw new ApiError('bad-format', `${file} ends behind block ${read}, and should have ${promised}`, { hint })
    }
    terminal.result({ read, lengthBefore, length }, () => {
      const what =
        length === lengthBefore ? 'nothing new in it' : `our chain had ${lengthBefore}, and has ${length} now`
      return `${terminal.paint.green('✔')} ${counted(read, 'block')} read, all valid; ${what}`
    })
  } finally {
    await api.close()
  }
}
