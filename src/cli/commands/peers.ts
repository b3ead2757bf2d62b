import { openNode } from '../nodes/open-node.js'
import { type Column, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted, harmless, timeText } from '../text.js'

const NO_PEERS = 'no peers; chain peers add http://HOST:PORT registers one'
const COLUMNS: readonly Column[] = [
  { head: 'peer' },
  { head: 'last answer' },
  { head: 'time', narrow: 'whole' },
  { head: 'blocks', align: 'right' },
]

/** `chain peers add`: registers nodes whose chains `resolve` will ask for. */
export async function addPeers(terminal: Terminal, addresses: readonly string[]): Promise<void> {
  const port = addresses.find((address) => /^\d+$/.test(address))
  // As the address of a machine it would be 0.0.19.138.
  if (port !== undefined) throw new UsageError(`${port} is a port alone`, `chain peers add http://localhost:${port}`)
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
      return `${table(terminal, COLUMNS, rows)}\n${terminal.paint.dim(counted(peers.length, 'peer'))}`
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
