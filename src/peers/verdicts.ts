import type { PeerVerdict } from '../api/schemas.js'
import { type Reject, rejectText } from '../consensus/reject.js'
import type { SourceError } from './source-error.js'

/** The block of a peer that breaks a rule, and which. */
export function invalid(peer: string, { height, refusal }: { height: number; refusal: Reject }): PeerVerdict {
  const outcome = refusal.code === 'other-edition' ? 'other-edition' : 'invalid'
  return { peer, outcome, length: height, block: height, message: `block ${height}: ${rejectText(refusal)}` }
}

/** A peer that did not give what it was asked for. */
export function failed(peer: string, { fault, message }: SourceError): PeerVerdict {
  return { peer, outcome: fault, message }
}

/** Our chain is another than the one that a peer's was compared with. */
export function changed(peer: string): PeerVerdict {
  return { peer, outcome: 'outdone', message: 'ours changed while it was followed: ask once more' }
}

/** `1 block`, `3 blocks`. */
export function blocks(count: number): string {
  return count === 1 ? '1 block' : `${count} blocks`
}
