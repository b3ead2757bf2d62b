import { BlockChecker } from '../../src/chain/block-checker.js'
import { isReject, type Reject, reject } from '../../src/consensus/reject.js'
import type { SecureBlock } from '../../src/consensus/secure/block.js'
import type { SecureRules } from '../../src/consensus/secure/rules.js'
import { utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../src/primitives/json/syntax-error.js'
import { MemoryLedger } from './memory-ledger.js'
import { toolsAt } from './tools.js'

/** Judges blocks by all rules in their order, as the next of a chain, without a node. */
export class SecureJudge {
  readonly #rules: SecureRules
  readonly #chain: SecureBlock[]
  readonly #ledger = new MemoryLedger()

  constructor(rules: SecureRules) {
    this.#rules = rules
    this.#chain = [rules.genesis()]
  }

  get tip(): SecureBlock {
    return this.#chain.at(-1)!
  }

  get ledger(): MemoryLedger {
    return this.#ledger
  }

  /** Why a block is refused as the next one; nothing is changed. */
  async refusal(text: string, now: number): Promise<Reject | undefined> {
    const block = await this.#checked(text, now)
    if (isReject(block)) return block
    const before = this.#ledger.entries()
    const scratch = this.#ledger.copy()
    const undo = this.#rules.connectBlock(block, scratch)
    if (isReject(undo)) return undo
    this.#rules.disconnectBlock(block, undo, scratch)
    if (JSON.stringify(scratch.entries()) !== JSON.stringify(before)) throw new Error('the undo data is wrong')
    return undefined
  }

  async connect(text: string, now: number): Promise<Reject | undefined> {
    const block = await this.#checked(text, now)
    if (isReject(block)) return block
    const undo = this.#rules.connectBlock(block, this.#ledger)
    if (isReject(undo)) return undo
    this.#chain.push(block)
    return undefined
  }

  async #checked(text: string, now: number): Promise<SecureBlock | Reject> {
    const block = decodedText(this.#rules, text)
    if (isReject(block)) return block
    const [parent, grandparent] = [this.tip, this.#chain.at(-2)]
    const refused = await new BlockChecker(this.#rules, toolsAt(now), { parent, grandparent }).firstRefused([block])
    return refused === undefined ? block : refused.refusal
  }
}

/** What is no JSON, or not strict, is of no block's form. */
function decodedText(rules: SecureRules, text: string): SecureBlock | Reject {
  try {
    return rules.decodeBlock(canonicalJson(utf8(text), rules.blockLimits).slice())
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return reject('bad-format', error.message)
  }
}
