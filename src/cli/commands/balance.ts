import { openNode } from '../nodes/open-node.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless } from '../text.js'

/** `chain balance`: what an address got less what it sent. */
export async function balance(terminal: Terminal, address: string | undefined): Promise<void> {
  const { api, identity } = await openNode(terminal)
  try {
    const found = await api.balance(address ?? identity)
    terminal.result(found, `${harmless(found.amount)}  ${terminal.paint.dim(harmless(found.address))}`)
    if (found.uncounted > 0) {
      terminal.warn(`${counted(found.uncounted, 'transaction')} of this address not counted: the amount is no number`)
    }
  } finally {
    await api.close()
  }
}
