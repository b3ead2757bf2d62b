import { commandLine, givenNodeFlags } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { type Column, table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless, timeText } from '../text.js'
import { requireWhole } from '../whole-address.js'
import { withHint } from '../with-hint.js'

const COLUMNS: readonly Column[] = [
  { head: 'peer', narrow: 'whole' },
  { head: 'last answer' },
  { head: 'time', narrow: 'whole' },
  { head: 'blocks', align: 'right' },
]

/** `chain peers add`: registers nodes whose chains `resolve` will ask for. */
export async function addPeers(terminal: Terminal, addresses: readonly string[]): Promise<void> {
  const { options } = terminal
  for (const address of addresses) {
    requireWhole(address, (whole) => commandLine(options, `peers add ${whole}`, givenNodeFlags(options)))
  }
  const { api, flags } = await openNode(terminal, { ifNew: 'keep-if-used' })
  try {
    showPeers(terminal, await api.addPeers(addresses), flags)
    terminal.note('registering is one-way: to be asked in turn, add this node there, too')
    terminal.note(`to ask them for their chains: ${commandLine(options, 'resolve', flags)}`)
  } catch (error) {
    const remove = commandLine(options, 'peers remove HOST:PORT', flags)
    throw withHint(error, { 'too-many-peers': `${remove}, for one that is not needed` })
  } finally {
    await api.close()
  }
}

export async function listPeers(terminal: Terminal): Promise<void> {
  const { api, flags } = await openNode(terminal)
  try {
    const peers = await api.peers()
    terminal.result({ peers }, () => {
      if (peers.length === 0) return noPeers(terminal, flags)
      const rows = peers.map(({ address, lastAnswer }) => [
        address,
        lastAnswer === null ? 'not asked since its start' : lastAnswer.outcome,
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
  const { api, flags } = await openNode(terminal)
  try {
    showPeers(terminal, await api.removePeer(address), flags)
  } catch (error) {
    throw withHint(error, { 'not-found': `${commandLine(terminal.options, 'peers list', flags)} shows them` })
  } finally {
    await api.close()
  }
}

function showPeers(terminal: Terminal, peers: readonly string[], flags: readonly string[]): void {
  terminal.result({ peers }, () => {
    if (peers.length === 0) return noPeers(terminal, flags)
    return `${peers.map(harmless).join('\n')}\n${terminal.paint.dim(counted(peers.length, 'peer'))}`
  })
}

function noPeers({ options }: Terminal, flags: readonly string[]): string {
  return `no peers; ${commandLine(options, 'peers add http://HOST:PORT', flags)} registers one`
}
