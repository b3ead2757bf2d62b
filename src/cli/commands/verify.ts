import { ApiError } from '../../api/errors.js'
import type { NodeApi } from '../../api/node-api.js'
import type { Network } from '../../consensus/network.js'
import { StoreDamaged } from '../../primitives/errors.js'
import { checkedBlocks, FaultyBlock } from '../checked-blocks.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import type { Fault } from '../nodes/opened-node.js'
import { type Progress, startProgress } from '../progress.js'
import type { Terminal } from '../terminal.js'
import { counted } from '../text.js'

/** `chain verify`: reads the whole chain, and names the first fault. Of a node in another process it sees the blocks alone. */
export async function verify(terminal: Terminal): Promise<void> {
  const { api, node, network, flags } = await openNode(terminal)
  const { signal, release } = onInterrupt()
  try {
    const { length } = await api.blocks({ from: 1, limit: 1 })
    const progress = startProgress(terminal, 'checking', length)
    const onBlock = (height: number): void => {
      signal.throwIfAborted()
      progress.update(height)
    }
    const checking = node === undefined ? checkBlocks(api, network, { length, signal, progress }) : node.verify(onBlock)
    const fault = await checking.finally(progress.stop)
    if (fault !== undefined) {
      const message = fault.height === undefined ? fault.message : `block ${fault.height}: ${fault.message}`
      if (node !== undefined) throw new StoreDamaged(message)
      throw new ApiError('bad-answer', `the node's chain breaks the rules: ${message}`, {
        hint: 'whoever runs it should stop it and run chain verify there',
      })
    }
    const what = node === undefined ? 'blocks' : 'blocks, balances and indexes'
    terminal.result({ length, fault: null }, () => {
      return `${terminal.paint.green('✔')} ${counted(length, 'block')} checked: ${what} are as they should be`
    })
    if (node === undefined) {
      terminal.note(
        terminal.options.node === undefined
          ? `not checked: what it stores beside the blocks; for that stop the node, then run ${commandLine(terminal.options, 'verify', flags)}`
          : 'not checked: what a chain node stores beside the blocks; for that stop it, then run chain verify on its machine',
      )
    }
  } finally {
    await api.close()
    release()
  }
}

async function checkBlocks(
  api: NodeApi,
  network: Network,
  { length, signal, progress }: { length: number; signal: AbortSignal; progress: Progress },
): Promise<Fault | undefined> {
  try {
    for await (const { height } of checkedBlocks(api, network, { length, signal })) progress.update(height)
    return undefined
  } catch (error) {
    if (error instanceof FaultyBlock) return { height: error.height, message: error.message }
    throw error
  }
}
