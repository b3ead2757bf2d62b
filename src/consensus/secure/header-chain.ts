import type { UnixSeconds } from '../../primitives/time.js'
import { type Reject, reject } from '../reject.js'
import type { HeaderChecker } from '../rules.js'
import { checkPlace, checkWork, type Headed } from './block-checks.js'
import { blockWork, targetOf } from './compact-target.js'
import type { SecureDefinition } from './definition.js'
import { sha256d, shownHash } from './hash.js'
import { decodeHeader, HEADER_BYTES } from './header.js'

/** Checks headers one by one: rules 3 to 10, which need no block. */
export class HeaderChain implements HeaderChecker {
  readonly #definition: SecureDefinition
  readonly #now: UnixSeconds
  #grandparent: Headed | undefined
  #tip: Headed
  #work = 0n

  constructor(
    definition: SecureDefinition,
    now: UnixSeconds,
    { tip, grandparent }: { tip: Headed; grandparent: Headed | undefined },
  ) {
    this.#definition = definition
    this.#now = now
    this.#tip = tip
    this.#grandparent = grandparent
  }

  get tip(): { readonly height: number; readonly hash: string } {
    return { height: this.#tip.index, hash: this.#tip.hash }
  }

  get work(): bigint {
    return this.#work
  }

  add(encoded: Uint8Array): Reject | undefined {
    if (encoded.length !== HEADER_BYTES)
      return reject('bad-format', 'a header has 80 bytes', { got: `${encoded.length}` })
    const header = decodeHeader(encoded)
    const next = { index: this.#tip.index + 1, header, hash: shownHash(sha256d(encoded)) }
    const context = { grandparent: this.#grandparent, now: this.#now }
    const refusal = checkWork(this.#definition, next) ?? checkPlace(this.#definition, next, this.#tip, context)
    if (refusal !== undefined) return refusal
    this.#work += blockWork(targetOf(header.bits)!)
    this.#grandparent = this.#tip
    this.#tip = next
    return undefined
  }
}
