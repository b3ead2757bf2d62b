import { setTimeout as delay } from 'node:timers/promises'
import { exactJson } from '../../api/documents.js'
import { ApiError, type ApiErrorCode } from '../../api/errors.js'
import type { NodeEvent, SyncProgress } from '../../api/schemas.js'
import type { Network } from '../../consensus/network.js'
import { printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { describeSearch } from '../mining-progress.js'
import { openNode } from '../nodes/open-node.js'
import { type Activity, startActivity } from '../spinner.js'
import { SyncText } from '../sync-progress.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless, shortened } from '../text.js'

/** Between two attempts to reach a node that is gone. */
const RETRY_MS = 1_000

/** `chain watch`: what happens on the node, a line each, until it is interrupted. A node that goes away is waited for. */
export async function watch(terminal: Terminal): Promise<void> {
  const { api, network, flags } = await openNode(terminal)
  const { signal, release } = onInterrupt()
  const display = new Display(terminal, network)
  // A node in this process that waits for others to use it has nothing else that keeps the process.
  const alive = setInterval(() => {}, RETRY_MS)
  try {
    let after: string | undefined
    let state: 'unknown' | 'there' | 'gone' = 'unknown'
    for (;;) {
      try {
        for await (const { id, event } of api.events({ after, signal })) {
          if (state === 'gone') terminal.note('the node is back')
          if (state === 'unknown') {
            terminal.note('watching; Ctrl-C ends it')
            terminal.note(`to see something: ${commandLine(terminal.options, 'mine', flags)}, in another terminal`)
          }
          state = 'there'
          after = id ?? after
          await display.show(event)
        }
      } catch (error) {
        const isAway = error instanceof ApiError && AWAY.includes(error.code)
        // A node that was never there is an error; one that was may come back.
        if (state === 'unknown' || !isAway) throw error
      }
      signal.throwIfAborted()
      display.stop()
      if (state !== 'gone') terminal.note('the node is gone; waiting for it to come back')
      state = 'gone'
      await delay(RETRY_MS, undefined, { signal })
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    clearInterval(alive)
    display.stop()
    if (signal.aborted) terminal.endLine()
    await api.close()
    release()
  }
}

/** What a node answers, or does not, that ends or begins. */
const AWAY: readonly ApiErrorCode[] = ['node-unreachable', 'timeout', 'shutting-down']

/** Events, a line each; below them how long work stands. */
class Display {
  readonly #terminal: Terminal
  readonly #network: Network
  /** The last of each peer. */
  readonly #answers = new Map<string, string>()
  #work: Activity | undefined
  #sync: SyncText | undefined

  constructor(terminal: Terminal, network: Network) {
    this.#terminal = terminal
    this.#network = network
  }

  async show(event: NodeEvent): Promise<void> {
    const { options, paint } = this.#terminal
    if (event.type === 'mining' && !options.json)
      return this.#showWork(event.progress && describeSearch(event.progress))
    if (event.type === 'syncing' && !options.json) return this.#showSync(event.progress)
    const line = this.#isRepeated(event) ? undefined : describeEvent(event, this.#network)
    if (line === undefined && !options.json) return
    this.stop()
    this.#terminal.result(printJson(exactJson(event)), () => `${paint.dim(clockTime())} ${line}`)
  }

  /** Whether a peer has answered as it did the last time: a node that follows others asks every few seconds. */
  #isRepeated(event: NodeEvent): boolean {
    if (event.type !== 'peer-answer') return false
    const answer = `${event.outcome} ${event.message}`
    const isSame = this.#answers.get(event.peer) === answer
    this.#answers.set(event.peer, answer)
    return isSame
  }

  stop(): void {
    this.#work?.stop()
    this.#work = undefined
  }

  #showSync(progress: SyncProgress | null): void {
    if (progress === null) this.#sync = undefined
    else this.#sync ??= new SyncText()
    this.#showWork(progress && this.#sync!.describe(progress))
  }

  #showWork(text: string | null): void {
    if (text === null) this.stop()
    else if (this.#work === undefined) this.#work = startActivity(this.#terminal, text)
    else this.#work.update(text)
  }
}

/** One line on an event; undefined for one that says nothing to people. */
function describeEvent(event: NodeEvent, network: Network): string | undefined {
  switch (event.type) {
    case 'block':
      return `block ${event.height}${event.mined ? ' mined here' : ''}, ${counted(event.transactions, 'transaction')}, ${shortened(event.hash)}`
    case 'chain-replaced': {
      const { peer, lengthBefore, length, forkedAt, returned } = event
      const back = returned > 0 ? `, ${counted(returned, 'transaction')} pending again` : ''
      const whose = peer === null ? 'another one' : `that of ${harmless(peer)}`
      const what = forkedAt === lengthBefore ? 'continued' : 'replaced'
      return `chain ${what} by ${whose}: ${counted(lengthBefore, 'block')} before, ${length} now${back}`
    }
    case 'transaction': {
      const { from, to, amount } = network.describeTransaction(event.transaction)
      return `pending: ${short(from)} pays ${short(to)} ${short(amount)}, ${shortened(event.id)}`
    }
    case 'transaction-dropped':
      return `no longer possible: ${shortened(event.id)}, ${harmless(event.message)}`
    case 'peer':
      return `peer ${harmless(event.peer)} ${event.change}`
    case 'peer-answer':
      return `peer ${harmless(event.peer)} asked: ${event.outcome}, ${harmless(event.message)}`
    case 'missed':
      return 'some events were missed'
    case 'listening':
    case 'mining':
    case 'syncing':
      return undefined
  }
}

function short(text: string): string {
  return shortened(harmless(text), 40)
}

function clockTime(): string {
  return new Date().toLocaleTimeString('sv-SE')
}
