import { openNode } from '../nodes/open-node.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless } from '../text.js'
import { meantAddress } from '../wallets/meant-address.js'

/** `chain balance`: what an address got less what it sent. */
export async function balance(terminal: Terminal, address: string | undefined): Promise<void> {
  const opened = await openNode(terminal)
  const { api } = opened
  try {
    const found = await api.balance(await meantAddress(terminal, opened, address))
    terminal.result(found, `${harmless(found.amount)}  ${terminal.paint.dim(harmless(found.address))}`)
    if (found.uncounted > 0) {
      terminal.warn(`${counted(found.uncounted, 'transaction')} of this address not counted: the amount is no number`)
    }
  } finally {
    await api.close()
  }
}
