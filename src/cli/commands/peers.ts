import { openNode } from '../nodes/open-node.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless } from '../text.js'

/** `chain peers add`: registers nodes whose chains `resolve` will ask for. */
export async function addPeers(terminal: Terminal, addresses: readonly string[]): Promise<void> {
  const { api, flags } = await openNode(terminal)
  try {
    showPeers(terminal, await api.addPeers(addresses))
    terminal.note(`registering is one-way: for the other node to ask this one as well, add this one there too`)
    terminal.note(`to ask them for their chains: chain resolve ${flags}`)
  } finally {
    await api.close()
  }
}

export async function listPeers(terminal: Terminal): Promise<void> {
  const { api } = await openNode(terminal)
  try {
    showPeers(
      terminal,
      (await api.peers()).map(({ address }) => address),
    )
  } finally {
    await api.close()
  }
}

export async function removePeer(terminal: Terminal, address: string): Promise<void> {
  const { api } = await openNode(terminal)
  try {
    showPeers(terminal, await api.removePeer(address))
  } finally {
    await api.close()
  }
}

function showPeers(terminal: Terminal, peers: readonly string[]): void {
  terminal.result({ peers }, () => {
    if (peers.length === 0) return 'no peers; chain peers add http://HOST:PORT registers one'
    return `${peers.map(harmless).join('\n')}\n${terminal.paint.dim(counted(peers.length, 'peer'))}`
  })
}
