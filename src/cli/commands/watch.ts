import { setTimeout as delay } from 'node:timers/promises'
import { exactJson } from '../../api/documents.js'
import { ApiError } from '../../api/errors.js'
import type { NodeEvent } from '../../api/schemas.js'
import type { Network } from '../../consensus/network.js'
import { printJson } from '../../primitives/json/value.js'
import { onInterrupt } from '../interrupts.js'
import { describeSearch } from '../mining-progress.js'
import { openNode } from '../nodes/open-node.js'
import { type Activity, startActivity } from '../spinner.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless, shortened } from '../text.js'

/** Between two attempts to reach a node that is gone. */
const RETRY_MS = 2_000

/** `chain watch`: what happens on the node, a line each, until it is interrupted. */
export async function watch(terminal: Terminal): Promise<void> {
  const { api, network } = await openNode(terminal)
  const { signal, release } = onInterrupt()
  let after: string | undefined
  let search: Activity | undefined
  const show = async (event: NodeEvent): Promise<void> => {
    if (event.type === 'mining' && !terminal.options.json) {
      if (event.progress === null) {
        search?.stop()
        search = undefined
      } else if (search === undefined) search = await startActivity(terminal, describeSearch(event.progress))
      else search.update(describeSearch(event.progress))
      return
    }
    const line = describeEvent(event, network)
    if (line === undefined && !terminal.options.json) return
    search?.stop()
    search = undefined
    terminal.result(printJson(exactJson(event)), () => `${terminal.paint.dim(clockTime())} ${line}`)
  }
  try {
    terminal.note('watching; Ctrl-C ends it')
    for (;;) {
      try {
        for await (const { id, event } of api.events({ after, signal })) {
          after = id ?? after
          await show(event)
        }
        return
      } catch (error) {
        const isGone = error instanceof ApiError && (error.code === 'node-unreachable' || error.code === 'timeout')
        // A node that was never there is an error; one that was may come back.
        if (after === undefined || !isGone) throw error
        terminal.note(`${error.message}; trying again`)
        await delay(RETRY_MS, undefined, { signal })
      }
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    search?.stop()
    await api.close()
    release()
  }
}

/** One line on an event; undefined for one that says nothing to people. */
function describeEvent(event: NodeEvent, network: Network): string | undefined {
  switch (event.type) {
    case 'block':
      return `block ${event.height} mined here, ${counted(event.transactions, 'transaction')}, ${shortened(event.hash)}`
    case 'chain-replaced': {
      const { peer, lengthBefore, length, returned } = event
      const back = returned > 0 ? `, ${counted(returned, 'transaction')} pending again` : ''
      return `chain replaced by that of ${harmless(peer)}: ${counted(lengthBefore, 'block')} before, ${length} now${back}`
    }
    case 'transaction': {
      const { from, to, amount } = network.describeTransaction(event.transaction)
      return `pending: ${short(from)} pays ${short(to)} ${short(amount)}, ${shortened(event.id)}`
    }
    case 'peer':
      return `peer ${harmless(event.peer)} ${event.change}`
    case 'peer-answer':
      return `peer ${harmless(event.peer)} asked: ${event.outcome}, ${harmless(event.message)}`
    case 'missed':
      return 'some events were missed'
    case 'listening':
    case 'mining':
      return undefined
  }
}

function short(text: string): string {
  return shortened(harmless(text), 40)
}

function clockTime(): string {
  return new Date().toLocaleTimeString('sv-SE')
}
