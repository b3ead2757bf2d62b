import { MAX_HEADERS } from '../api/limits.js'
import type { PeerVerdict } from '../api/schemas.js'
import type { Branch } from '../chain/branch.js'
import type { Chain } from '../chain/chain.js'
import { isReject, type Reject } from '../consensus/reject.js'
import type { Block, HeaderChecker, Rules, TreeRules } from '../consensus/rules.js'
import { AbortScope } from '../primitives/abort-scope.js'
import type { UnixSeconds } from '../primitives/time.js'
import { SourceError } from './http-chain-source.js'
import { addPrinted, blocks, invalid } from './judging.js'
import type { Peer } from './peer.js'
import { GiveWay, type Turn } from './turns.js'

/** Headers that are kept of one peer while it is followed: some 20 MB. What is behind them comes the next time. */
const MAX_KEPT_HEADERS = 200_000
/** Blocks that are asked for at a time; a peer gives fewer where they are large. */
const PAGE_BLOCKS = 1_000

export interface FollowOptions<B extends Block> {
  readonly chain: Chain<B>
  readonly rules: Rules<B>
  readonly tree: TreeRules<B>
  readonly now: UnixSeconds
  readonly turn: Turn
}

/** What came of following a peer: blocks that make ours heavier, or why there are none. */
export type Followed<B extends Block> = { readonly branch: Branch<B>; readonly isWhole: boolean } | PeerVerdict

/**
 * Follows a peer by its headers: looks where its chain leaves ours, checks the work of what comes then, and only where that is more than ours
 * fetches the blocks. Where the time ends before all of them are there, those that are there may do: what is missing comes the next time.
 * @throws SourceError, the signal's reason
 */
export async function follow<B extends Block>(peer: Peer, options: FollowOptions<B>): Promise<Followed<B>> {
  const { chain, tree, now, turn } = options
  const ours = chain.tip
  const fork = await forkWith(peer, options)
  if ('outcome' in fork) return fork
  const branch = await stageAt(chain, fork)
  if (branch === undefined) return changed(peer.address)
  const checker = tree.headerChecker(now, { block: branch.tip!, parent: branch.beforeTip })
  const ahead = await headersBehind(peer, checker, turn.signal)
  const { address } = peer
  if (isReject(ahead)) return invalid(address, { height: checker.tip.height + 1, refusal: ahead })
  const { hashes, length } = ahead
  const weight = branch.weight + checker.work
  if (weight <= ours.weight) return notHeavier(address, { length, ours: ours.height, isEqual: weight === ours.weight })
  return fetchBlocks(peer, { ...options, branch, hashes })
}

/** A block of the active chain. */
interface Place {
  readonly height: number
  readonly hash: string
}

/** Begins a branch behind a block; undefined where that is not in the active chain any more. */
async function stageAt<B extends Block>(chain: Chain<B>, { height, hash }: Place): Promise<Branch<B> | undefined> {
  if (height > chain.tip.height) return undefined
  const branch = await chain.stageAt(height)
  return branch.tip?.hash === hash ? branch : undefined
}

/** The last block that the peer's chain shares with ours. */
async function forkWith<B extends Block>(
  peer: Peer,
  { chain, tree, turn: { signal } }: FollowOptions<B>,
): Promise<Place | PeerVerdict> {
  const ours = chain.tip.height
  const isShared = async (height: number): Promise<boolean> => {
    const { headers } = await peer.headers({ from: height, limit: 1 }, signal)
    const record = await chain.reader.activeAt(height)
    return headers[0] !== undefined && tree.headerHash(headers[0]) === record?.hash
  }
  const first = await peer.headers({ from: 1, limit: 1 }, signal)
  const [genesis, record] = [first.headers[0], await chain.reader.activeAt(1)]
  if (genesis === undefined || tree.headerHash(genesis) !== record!.hash) {
    const [got, expected] = [genesis === undefined ? 'nothing' : tree.headerHash(genesis), record!.hash]
    const message = `it is of another network: its first block is ${got.slice(0, 16)}..., and ours ${expected.slice(0, 16)}...`
    return { peer: peer.address, outcome: 'invalid', length: 1, block: 1, message }
  }
  let unshared = Math.min(ours, first.length) + 1
  let shared = unshared - 1
  // Most often it is the last one, or one of the last.
  for (let step = 1; shared > 1 && !(await isShared(shared)); step *= 2) {
    unshared = shared
    shared = Math.max(1, shared - step)
  }
  while (unshared - shared > 1) {
    const middle = Math.floor((shared + unshared) / 2)
    if (await isShared(middle)) shared = middle
    else unshared = middle
  }
  const at = await chain.reader.activeAt(shared)
  return at === undefined ? changed(peer.address) : { height: shared, hash: at.hash }
}

/** The hashes of what comes behind the checker's tip, and how long the peer's chain is. */
async function headersBehind(
  peer: Peer,
  checker: HeaderChecker,
  signal: AbortSignal,
): Promise<{ hashes: string[]; length: number } | Reject> {
  const hashes: string[] = []
  for (;;) {
    const { headers, length } = await peer.headers({ from: checker.tip.height + 1, limit: MAX_HEADERS }, signal)
    for (const header of headers) {
      const refusal = checker.add(header)
      if (refusal !== undefined) return refusal
      hashes.push(checker.tip.hash)
    }
    if (headers.length === 0 || hashes.length >= MAX_KEPT_HEADERS) return { hashes, length }
    if (checker.tip.height >= length) return { hashes, length }
  }
}

async function fetchBlocks<B extends Block>(
  peer: Peer,
  {
    chain,
    rules,
    turn,
    branch,
    hashes,
  }: FollowOptions<B> & { readonly branch: Branch<B>; readonly hashes: readonly string[] },
): Promise<Followed<B>> {
  const { address } = peer
  const fork = branch.height
  const end = fork + hashes.length
  const scope = new AbortScope([turn.signal])
  const ask = (from: number): ReturnType<Peer['blocks']> => {
    const page = peer.blocks({ from, limit: Math.min(PAGE_BLOCKS, end + 1 - from) }, scope.signal)
    // It is waited for when those before it are checked.
    page.catch(() => {})
    return page
  }
  try {
    for (let next = ask(fork + 1); branch.height < end; ) {
      const printed = (await next).slice(0, end - branch.height)
      const following = branch.height + printed.length + 1
      // While these are checked, the peer and the network are at work on the next.
      if (printed.length > 0 && following <= end) next = ask(following)
      const refused = await addPrinted(branch, rules, printed)
      turn.progress = branch.height
      // Each block names the one before: where the last is that of its header, all are.
      const isTold = printed.length > 0 && branch.tip?.hash === hashes[branch.height - fork - 1]
      if (refused === undefined && isTold) continue
      await branch.discard()
      if (refused !== undefined) return invalid(address, refused)
      const message = `it gave the header of block ${following - Number(printed.length > 0)}, and not the block`
      return { peer: address, outcome: 'no-chain', message }
    }
    return { branch, isWhole: true }
  } catch (error) {
    const isLate = error instanceof GiveWay || (error instanceof SourceError && error.fault === 'too-slow')
    if (isLate && branch.weight > chain.tip.weight) return { branch, isWhole: false }
    await branch.discard()
    throw error
  } finally {
    scope.abort(new SourceError('no-chain', 'it is not asked any more'))
    scope.release()
  }
}

function changed(peer: string): PeerVerdict {
  return { peer, outcome: 'outdone', message: 'ours changed while it was followed: ask once more' }
}

function notHeavier(
  peer: string,
  { length, ours, isEqual }: { length: number; ours: number; isEqual: boolean },
): PeerVerdict {
  if (isEqual) {
    const message = `it has ${blocks(length)}, and as much work as we: the first seen stays`
    return { peer, outcome: 'equal', length, message }
  }
  const work = length > ours ? ', but less work' : ''
  return { peer, outcome: 'shorter', length, message: `it has ${blocks(length)}${work}, and we have ${ours}` }
}
