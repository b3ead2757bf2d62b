import type { PeerVerdict, Resolution } from '../../api/schemas.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import { startActivity } from '../spinner.js'
import { clockWarning, SyncText } from '../sync-progress.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless } from '../text.js'

/** `chain resolve`: adopts the longest valid chain among the peers', and says of each why or why not. */
export async function resolve(terminal: Terminal): Promise<void> {
  const { api, flags, network } = await openNode(terminal)
  const { signal, release } = onInterrupt()
  try {
    const activity = startActivity(terminal, 'asking the peers for their chains')
    const text = new SyncText()
    const resolution = await api
      .resolve({ signal, onProgress: (progress) => activity.update(text.describe(progress)) })
      .finally(() => activity.stop())
    terminal.result(resolution, () => describe(terminal, resolution))
    const warning = clockWarning(resolution.clockAhead)
    if (warning !== undefined) terminal.warn(warning)
    const other = network.otherEdition
    if (other !== undefined && resolution.verdicts.some(({ outcome }) => outcome === 'other-edition')) {
      const command = commandLine(terminal.options, `serve --network ${other}`)
      terminal.note(`a chain of the other edition of the tutorial is for a node of its own: ${command}`)
    }
    if (resolution.asked === 0 && resolution.verdicts.length === 0) {
      terminal.note(`to register one: ${commandLine(terminal.options, 'peers add http://HOST:PORT', flags)}`)
    }
  } finally {
    await api.close()
    release()
  }
}

function describe(
  { paint }: Terminal,
  { replaced, lengthBefore, length, forkedAt, returned, verdicts, asked }: Resolution,
): string {
  // A plain Python node does not say whom it asked, and it is not one of ours.
  const whose = asked === null ? 'its' : 'our'
  const lines = verdicts.map((verdict) => describeVerdict(paint, verdict))
  if (replaced) {
    const fork = forkedAt === null ? '' : forkedAt === 0 ? ', from the first block on' : `, behind block ${forkedAt}`
    const what = forkedAt === lengthBefore ? 'goes on' : `was replaced${fork}`
    lines.push(`${paint.green('✔')} ${whose} chain ${what}: ${counted(lengthBefore, 'block')} before, ${length} now`)
    if (returned > 0) lines.push(`  ${counted(returned, 'transaction')} of the replaced blocks pending again`)
  } else if (asked === 0 && verdicts.length === 0) {
    lines.push(`our chain stays, ${counted(length, 'block')}: there are no peers to ask`)
  } else {
    lines.push(`${whose} chain stays, ${counted(length, 'block')}`)
  }
  return lines.join('\n')
}

function describeVerdict(paint: Terminal['paint'], { peer, outcome, message }: PeerVerdict): string {
  const mark =
    outcome === 'adopted'
      ? paint.green('✔')
      : outcome === 'equal' || outcome === 'shorter' || outcome === 'outdone'
        ? '·'
        : paint.red('✘')
  return `${mark} ${harmless(peer)}  ${paint.bold(outcome)}: ${harmless(message)}`
}
