import { openNode } from '../nodes/open-node.js'
import { type Column, table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless, timeText } from '../text.js'

const NO_PEERS = 'no peers; chain peers add http://HOST:PORT registers one'
const COLUMNS: readonly Column[] = [
  { head: 'peer' },
  { head: 'last answer' },
  { head: 'time' },
  { head: 'blocks', align: 'right' },
]

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
    const peers = await api.peers()
    terminal.result({ peers }, () => {
      if (peers.length === 0) return NO_PEERS
      const rows = peers.map(({ address, lastAnswer }) => [
        address,
        lastAnswer === null ? 'not asked yet' : lastAnswer.outcome,
        lastAnswer === null ? '' : timeText(lastAnswer.at),
        lastAnswer?.length === undefined ? '' : String(lastAnswer.length),
      ])
      return `${table(COLUMNS, rows, terminal.paint.bold)}\n${terminal.paint.dim(counted(peers.length, 'peer'))}`
    })
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
    if (peers.length === 0) return NO_PEERS
    return `${peers.map(harmless).join('\n')}\n${terminal.paint.dim(counted(peers.length, 'peer'))}`
  })
}
