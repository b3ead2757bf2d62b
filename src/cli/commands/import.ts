import { ApiError } from '../../api/errors.js'
import { openChainFile } from '../chain-file.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import { startProgress } from '../progress.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted, shellWord } from '../text.js'

/** `chain import`: adopts the chain of a file if it is longer than ours; every block is checked. `-` reads stdin. */
export async function importFile(terminal: Terminal, file: string): Promise<void> {
  const { api, node, network, holder = 'another process' } = await openNode(terminal, { ifNew: 'keep-if-used' })
  const { signal, release } = onInterrupt()
  try {
    if (node === undefined) {
      throw new UsageError(
        `this node is held by ${holder}, and blocks are imported into one that no other process has`,
        `end that first, or take another node: ${commandLine(terminal.options, `import ${shellWord(file)} --port PORT`)}`,
      )
    }
    const { name, header, blocks } = await openChainFile(file, network, terminal.options)
    const promised = header.length
    const progress = await startProgress(terminal, 'reading', promised)
    const { read, length, lengthBefore, refusal } = await node
      .importChain(blocks, { name, onProgress: progress.update, signal })
      .finally(progress.stop)
    const hint = `what was valid and longer is kept: our chain has ${counted(length, 'block')}`
    if (refusal !== undefined) {
      throw new ApiError('bad-format', `block ${refusal.height} of ${name}: ${refusal.message}`, { hint })
    }
    if (read < promised) {
      throw new ApiError('bad-format', `${name} ends behind block ${read}, and should have ${promised}`, { hint })
    }
    terminal.result({ read, lengthBefore, length }, () => {
      const what =
        length === lengthBefore ? 'nothing new in it' : `our chain had ${lengthBefore}, and has ${length} now`
      return `${terminal.paint.green('✔')} ${counted(read, 'block')} read, all valid; ${what}`
    })
  } finally {
    await api.close()
    release()
  }
}
