import type { NodeApi } from '../../api/node-api.js'
import type { PeerVerdict, SyncProgress } from '../../api/schemas.js'
import { AnswerLog } from '../answer-log.js'
import { commandLine, givenNodeFlags } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { rememberHome } from '../nodes/choose-home.js'
import { type AnsweredRequest, type ServedHome, serveHome } from '../nodes/serve-home.js'
import { repeat, stopped } from '../repeat.js'
import { type Activity, startPlainActivity } from '../spinner.js'
import { clockWarning, SyncText } from '../sync-progress.js'
import { fields } from '../table.js'
import { Interrupted, type Terminal, UsageError } from '../terminal.js'
import { counted, duration } from '../text.js'
import { version } from '../version.js'
import { addressOrNone } from '../wallets/meant-address.js'
import { requireWhole } from '../whole-address.js'

export interface ServeOptions {
  readonly host?: string
  readonly allowHost?: readonly string[]
  readonly peer?: readonly string[]
  /** Seconds between two resolves. */
  readonly follow?: number
  readonly mine?: boolean
  readonly threads?: number
  /** Whom the rewards of blocks go to. */
  readonly to?: string
}

/** `chain serve`: runs a node until it is told to stop. */
export async function serve(terminal: Terminal, options: ServeOptions): Promise<void> {
  const { signal, release } = onInterrupt()
  const log = new AnswerLog(terminal)
  const { host, allowHost: names, peer: peers = [], threads, to } = options
  for (const peer of peers) {
    const flags = givenNodeFlags(terminal.options)
    requireWhole(peer, (whole) => commandLine(terminal.options, `serve --peer ${whole}`, flags))
  }
  const isLogged = !terminal.options.json && !terminal.options.quiet
  const served = await serveHome(terminal, {
    host,
    names,
    threads,
    payee: (network) => addressOrNone(terminal, network, to),
    signal,
    ...(isLogged && { onAnswer: (request: AnsweredRequest) => log.note(request) }),
    onMistake: (error) => terminal.warnOfMistake('a request could not be answered', error),
  })
  const { node } = served.held
  const ending = new AbortController()
  const loops: Promise<void>[] = []
  let isAnnounced = false
  try {
    if (options.mine) await requireRecipient(terminal, served)
    if (peers.length > 0) await node.addPeers(peers)
    await rememberHome(terminal, served.home)
    await announce(terminal, served)
    isAnnounced = true
    if (options.mine) loops.push(mineOn(terminal, node, ending.signal))
    if (options.follow !== undefined) loops.push(follow(terminal, node, options.follow * 1000, ending.signal))
    // A loop ends before it is told to only by failing.
    await Promise.race([stopped(signal), Promise.all([stopped(ending.signal), ...loops])])
    if (signal.aborted) terminal.endLine()
    terminal.note('stopping')
  } finally {
    ending.abort(new Interrupted())
    await Promise.allSettled(loops)
    // A node that was told of stays, with its identity, also if nothing came to be stored in it.
    await served.held.close({ mayVanish: !isAnnounced })
    release()
  }
}

async function announce(terminal: Terminal, { held, home, server }: ServedHome): Promise<void> {
  const { node, identity, network } = held
  const { length, pending, rewardsTo } = await node.status()
  const { url } = server
  const document = {
    url,
    network: network.name,
    name: home.name,
    identity,
    rewardsTo,
    folder: home.folder,
    length,
    pid: process.pid,
  }
  terminal.result(document, () => {
    const { paint } = terminal
    const state = `${counted(length, 'block')}${pending > 0 ? `, ${counted(pending, 'pending transaction')}` : ''}`
    const lines = fields(
      [
        ['node', url],
        ['network', `${network.name}: ${network.title}`],
        ['identity', identity],
        ...(rewardsTo === identity || rewardsTo === null ? [] : [['rewards to', rewardsTo] as const]),
        ['chain', state],
        ['folder', home.folder],
      ],
      (label) => `  ${paint.dim(label)}`,
    )
    return `${paint.bold('chain')} ${version()}\n${lines}`
  })
  for (const publicUrl of server.publicUrls) terminal.warn(`others can reach this node at ${publicUrl}`)
  const mine = rewardsTo === null ? commandLine(terminal.options, 'wallet new') : `curl ${url}/mine`
  terminal.note(`try: ${mine}   (Ctrl-C stops the node and loses nothing)`)
}

/** @throws UsageError where nobody is there whom the rewards could go to */
async function requireRecipient({ options }: Terminal, { held }: ServedHome): Promise<void> {
  if ((await held.node.status()).rewardsTo !== null) return
  throw new UsageError(
    'the rewards need an address of this network',
    `${commandLine(options, 'wallet new')} makes a wallet, which they go to; or add --to ADDRESS`,
  )
}

/** Mines without end. */
function mineOn(terminal: Terminal, node: NodeApi, signal: AbortSignal): Promise<void> {
  const mine = async (): Promise<void> => {
    const { height, block, elapsedMs } = await node.mine({ signal })
    terminal.note(`block ${height} found: proof ${block.proof}, ${duration(elapsedMs)}`)
  }
  return repeat(mine, { everyMs: 0, signal, warn: (text) => terminal.warn(text) })
}

/** What a peer's chain may be without anything being amiss. */
const SOUND: readonly PeerVerdict['outcome'][] = ['adopted', 'outdone', 'equal', 'shorter']

/** Resolves again and again. */
function follow(terminal: Terminal, node: NodeApi, everyMs: number, signal: AbortSignal): Promise<void> {
  let warned: string | undefined
  const failures = new Map<string, string>()
  const resolve = async (): Promise<void> => {
    let activity: Activity | undefined
    const text = new SyncText()
    const onProgress = (progress: SyncProgress): void => {
      activity ??= startPlainActivity(terminal, 'fetching blocks')
      activity.update(text.describe(progress))
    }
    const { replaced, lengthBefore, forkedAt, length, clockAhead, verdicts } = await node
      .resolve({ signal, onProgress })
      .finally(() => activity?.stop())
    if (replaced) {
      const what = forkedAt === lengthBefore ? 'goes on' : 'was replaced'
      terminal.note(`our chain ${what}: ${counted(length, 'block')} now`)
    }
    for (const { peer, outcome, message } of verdicts) {
      const failure = SOUND.includes(outcome) ? undefined : `${outcome}: ${message}`
      // Once, as long as it stays so: peers are asked every few seconds.
      if (failure !== undefined && failure !== failures.get(peer)) terminal.warn(`peer ${peer} ${failure}`)
      if (failure === undefined && failures.has(peer)) terminal.note(`peer ${peer} is followed again`)
      if (failure === undefined) failures.delete(peer)
      else failures.set(peer, failure)
    }
    const warning = clockWarning(clockAhead)
    // Once for as long as it is so.
    if (warning !== undefined && warned === undefined) terminal.warn(warning)
    warned = warning
  }
  return repeat(resolve, { everyMs, signal, warn: (text) => terminal.warn(text) })
}
