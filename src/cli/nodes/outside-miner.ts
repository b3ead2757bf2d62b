import { ApiError } from '../../api/errors.js'
import type { MineRequest, NodeApi } from '../../api/node-api.js'
import type { MinedBlock } from '../../api/schemas.js'
import type { Network } from '../../consensus/network.js'
import { isReject } from '../../consensus/reject.js'
import type { Block, Rules, Template, TreeRules } from '../../consensus/rules.js'
import { Miner } from '../../mining/miner.js'
import { SearchPool } from '../../mining/search-pool.js'
import { type JsonObject, printJsonBytes, readCanonicalJson } from '../../primitives/json/value.js'

/** After these the node's chain may have another last block. */
const TIP_EVENTS: readonly string[] = ['missed', 'block', 'chain-replaced']

/** Searches on this machine for what another node is to have next, and hands in what it finds. */
export class OutsideMiner {
  readonly #api: NodeApi
  readonly #rules: Rules<Block>
  readonly #tree: TreeRules<Block>
  readonly #searcher: SearchPool
  readonly #miner: Miner<Block>
  readonly #listeners = new Set<() => void>()
  readonly #ending = new AbortController()

  /** @param threads undefined for as many as there are processors */
  constructor(api: NodeApi, { rules }: Network, threads: number | undefined) {
    this.#api = api
    this.#rules = rules
    this.#tree = rules.tree!
    this.#searcher = new SearchPool({ threads })
    this.#searcher.prepare(rules.jobKind)
    this.#miner = new Miner(
      this.#searcher,
      {
        getTemplate: (recipient) => this.#template(recipient),
        submitBlock: (template, solution) => this.#submit(template, solution),
        onTip: (listener) => {
          this.#listeners.add(listener)
          return () => this.#listeners.delete(listener)
        },
      },
      () => Date.now() / 1000,
    )
    // Where the node tells nothing, a template is asked for anew every few seconds all the same.
    this.#listen().catch(() => {})
  }

  /** Finds a block that the node takes. @throws ApiError, and the signal's reason */
  async mine({ to, signal, onProgress }: MineRequest & { to: string }): Promise<MinedBlock> {
    const options = { recipient: to, ...(signal && { signal }), ...(onProgress && { onProgress }) }
    const { height, block, hashes, elapsedMs } = await this.#miner.mine(options)
    return { height, hash: block.hash, block: this.#json(block), hashes, elapsedMs }
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#searcher.close()
  }

  async #template(recipient: string): Promise<Template<Block>> {
    const { block, goodForSeconds, notBefore } = await this.#api.miningTemplate({ to: recipient })
    const decoded = this.#rules.decodeBlock(printJsonBytes(block))
    const template = isReject(decoded) ? decoded : this.#tree.templateOf(decoded, recipient)
    if (isReject(template)) throw new ApiError('bad-answer', `the template of the node is none: ${template.message}`)
    return {
      ...template,
      ...(goodForSeconds !== null && { goodForSeconds }),
      ...(notBefore !== null && { notBefore }),
    }
  }

  async #submit(template: Template<Block>, solution: number): Promise<{ height: number; block: Block } | 'stale'> {
    const block = template.seal(solution)
    const { outcome } = await this.#api.submitBlock(this.#json(block))
    // Beside the chain it earns nothing, unless others build on it.
    return outcome === 'active' || outcome === 'known' ? { height: template.height, block } : 'stale'
  }

  async #listen(): Promise<void> {
    for await (const { event } of this.#api.events({ signal: this.#ending.signal })) {
      if (TIP_EVENTS.includes(event.type)) for (const listener of this.#listeners) listener()
    }
  }

  #json({ encoded }: Block): JsonObject {
    return readCanonicalJson(this.#rules.blockJson(encoded)) as JsonObject
  }
}
