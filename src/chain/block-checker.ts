import type { Reject } from '../consensus/reject.js'
import type { Block, PlacedSignature, Rules } from '../consensus/rules.js'
import { type SignatureCheck, type SignatureFault, signatureRefusal } from '../consensus/signature.js'
import type { UnixSeconds } from '../primitives/time.js'

/** What judging blocks takes from outside. */
export interface ChainTools {
  /** The local clock. */
  now(): UnixSeconds
  /** The first of some signatures that does not hold. */
  firstFault(checks: readonly SignatureCheck[]): Promise<{ index: number; fault: SignatureFault } | undefined>
}

/** The two blocks before the next; undefined where there are none. */
export interface Parents<B extends Block> {
  readonly parent: B | undefined
  readonly grandparent: B | undefined
}

/** A block that is refused: which of those that were given, counted from 0, and why. */
export interface RefusedBlock {
  readonly at: number
  readonly refusal: Reject
}

/** So many signatures are handed on at once: they are checked while the next blocks are looked at. */
const GROUP = 256

/** Checks blocks that follow each other, all but what the ledger says of them. */
export class BlockChecker<B extends Block> {
  readonly #rules: Rules<B>
  readonly #tools: ChainTools
  #parents: Parents<B>

  constructor(rules: Rules<B>, tools: ChainTools, parents: Parents<B>) {
    this.#rules = rules
    this.#tools = tools
    this.#parents = parents
  }

  /** The first block that is refused; after that nothing more can be checked. */
  async firstRefused(blocks: readonly B[]): Promise<RefusedBlock | undefined> {
    const now = this.#tools.now()
    const signatures = new SignatureGroups(this.#tools)
    let refused: RefusedBlock | undefined
    for (const [at, block] of blocks.entries()) {
      const { parent, grandparent } = this.#parents
      const refusal = this.#rules.checkBlock(block, parent, { grandparent, now })
      // A transaction's signature counts before what is wrong with a later one.
      const end = refusal === undefined ? Number.POSITIVE_INFINITY : (refusal.position ?? 0)
      if (end > 0) signatures.add(at, this.#rules.signaturesOf(block), end)
      if (refusal !== undefined) {
        refused = { at, refusal }
        break
      }
      this.#parents = { parent: block, grandparent: parent }
    }
    return (await signatures.firstRefused()) ?? refused
  }
}

/** Signatures of several blocks, handed on in groups. */
class SignatureGroups {
  readonly #tools: ChainTools
  #group: { at: number; signature: PlacedSignature }[] = []
  readonly #outcomes: Promise<RefusedBlock | undefined>[] = []

  constructor(tools: ChainTools) {
    this.#tools = tools
  }

  /** @param end only those of transactions before this position */
  add(at: number, signatures: readonly PlacedSignature[], end: number): void {
    for (const signature of signatures) {
      if (signature.position >= end) return
      this.#group.push({ at, signature })
      if (this.#group.length === GROUP) this.#handOn()
    }
  }

  async firstRefused(): Promise<RefusedBlock | undefined> {
    if (this.#group.length > 0) this.#handOn()
    // All of them: one that is left behind would fail with nobody to hear of it.
    const outcomes = await Promise.all(this.#outcomes)
    return outcomes.find((outcome) => outcome !== undefined)
  }

  #handOn(): void {
    const group = this.#group
    this.#group = []
    const checks = group.map(({ signature }) => signature.check)
    const outcome = this.#tools.firstFault(checks).then((found) => {
      if (found === undefined) return undefined
      const { at, signature } = group[found.index]!
      return { at, refusal: signatureRefusal(found.fault, signature.position) }
    })
    this.#outcomes.push(outcome)
  }
}
