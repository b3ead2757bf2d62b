import { ApiError } from '../../api/errors.js'
import { exportAnew, openChainFile } from '../chain-file.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { homeFlags, newPort } from '../nodes/choose-home.js'
import { openNode } from '../nodes/open-node.js'
import { startProgress } from '../progress.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted, shellWord } from '../text.js'

/** `chain import`: adopts the chain of a file if it is longer than ours; every block is checked. `-` reads stdin. */
export async function importFile(terminal: Terminal, file: string): Promise<void> {
  const { options } = terminal
  if (options.node !== undefined) {
    throw new UsageError('blocks are imported into a node of this machine alone', 'name it with --port or --name')
  }
  const { api, node, network, holder = 'another process' } = await openNode(terminal, { ifNew: 'keep-if-used' })
  const { signal, release } = onInterrupt()
  const intoOther = (): string => {
    const flags = homeFlags(options, { network: network.name, name: String(newPort(options)) })
    return commandLine(options, `import ${shellWord(file)}`, flags)
  }
  try {
    if (node === undefined) {
      throw new UsageError(
        `this node is held by ${holder}, and blocks are imported into one that no other process has`,
        `end that first, or take another node: ${intoOther()}`,
      )
    }
    const { name, header, blocks } = await openChainFile(file, network, { options, signal })
    if (header.network !== network.name)
      terminal.note(`${name} is of network ${header.network}, whose rules are those of ${network.name}`)
    const promised = header.length
    const progress = startProgress(terminal, 'reading', promised)
    const { read, length, lengthBefore, refusal } = await node
      .importChain(blocks, { name, onProgress: progress.update, signal })
      .finally(progress.stop)
    if (refusal !== undefined) {
      // Where all are valid the file is not to blame.
      const hint = read < promised ? exportAnew(refusal.height > 1) : `to have both, take another node: ${intoOther()}`
      throw new ApiError('bad-format', `block ${refusal.height} of ${name}: ${refusal.message}`, { hint })
    }
    if (read < promised) {
      const end = read === 0 ? 'has no block' : `ends behind block ${read}`
      const message = `${name} ${end}, and should have ${promised}`
      throw new ApiError('bad-format', message, { hint: exportAnew(read > 0) })
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
