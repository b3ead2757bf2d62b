import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { expectedHashes } from '../consensus/job.js'
import type { Block, Template } from '../consensus/rules.js'
import { AbortScope } from '../primitives/abort-scope.js'
import { MAX_TIMER_MS, type UnixSeconds } from '../primitives/time.js'
import type { Searcher } from './searcher.js'
import { Turns } from './turns.js'

/** What a miner may do is what it was given. */
export interface MinerPort<B extends Block> {
  /** The next block of the active chain, without its proof. @param recipient whom its reward goes to */
  getTemplate(recipient: string): Template<B> | Promise<Template<B>>
  /** Seals and stores the block; `stale` when the active chain meanwhile went on without it. */
  submitBlock(template: Template<B>, solution: number): Promise<{ height: number; block: B } | 'stale'>
  /** Calls the listener whenever the active chain has another last block, until what it returns is called. */
  onTip(listener: () => void): () => void
}

export interface MiningProgress {
  readonly hashes: number
  readonly elapsedMs: number
  /** What a search takes on average. Work has no memory: that much is always still to be expected. */
  readonly expectedHashes: number
}

export interface FoundBlock<B extends Block> {
  readonly height: number
  readonly block: B
  readonly hashes: number
  readonly elapsedMs: number
}

export interface MineOptions {
  /** Whom the reward goes to. */
  recipient: string
  signal?: AbortSignal
  onProgress?: (progress: MiningProgress) => void
}

const TIP_CHANGED = Symbol('the active chain has another last block')
const OUTDATED = Symbol('a newer template has a later time and more transactions')

/** Mines block after block, one at a time, in the order in which they were asked for. */
export class Miner<B extends Block> {
  readonly #searcher: Searcher
  readonly #port: MinerPort<B>
  readonly #now: () => UnixSeconds
  readonly #turns = new Turns()
  #progress: MiningProgress | undefined
  /** Of the searches that are over. */
  #hashes = 0

  /** @param now the local clock */
  constructor(searcher: Searcher, port: MinerPort<B>, now: () => UnixSeconds) {
    this.#searcher = searcher
    this.#port = port
    this.#now = now
  }

  /** How the search that is under way stands. */
  get progress(): MiningProgress | undefined {
    return this.#progress
  }

  /** Hashes so far, of all searches. */
  get hashes(): number {
    return this.#hashes + (this.#progress?.hashes ?? 0)
  }

  /**
   * Finds and stores one block.
   * @throws the signal's reason when it is aborted before the block is found
   */
  mine(options: MineOptions): Promise<FoundBlock<B>> {
    return this.#turns.take(options.signal, () => this.#mineNext(options))
  }

  async #mineNext({ signal, onProgress, recipient }: MineOptions): Promise<FoundBlock<B>> {
    const start = performance.now()
    let hashesBefore = 0
    try {
      for (;;) {
        signal?.throwIfAborted()
        const template = await this.#port.getTemplate(recipient)
        const report = (hashes: number): void => {
          this.#progress = {
            hashes: hashesBefore + hashes,
            elapsedMs: performance.now() - start,
            expectedHashes: expectedHashes(template.job),
          }
          onProgress?.(this.#progress)
        }
        report(0)
        const solution = await this.#search(template, signal, report)
        hashesBefore = this.#progress?.hashes ?? 0
        if (solution === undefined) continue
        const found = await this.#port.submitBlock(template, solution)
        // Stale: a chain was adopted between the finding and the storing. The next search is for its successor.
        if (found !== 'stale') return { ...found, hashes: hashesBefore, elapsedMs: performance.now() - start }
      }
    } finally {
      this.#hashes = this.hashes
      this.#progress = undefined
    }
  }

  /** @returns undefined when the search became pointless */
  async #search(
    template: Template<B>,
    signal: AbortSignal | undefined,
    onProgress: (hashes: number) => void,
  ): Promise<number | undefined> {
    const scope = new AbortScope([signal])
    const unsubscribe = this.#port.onTip(() => scope.abort(TIP_CHANGED))
    const { goodForSeconds, notBefore = 0 } = template
    const goodFor = goodForSeconds && setTimeout(() => scope.abort(OUTDATED), goodForSeconds * 1000)
    try {
      await sleep(Math.min(1000 * (notBefore - this.#now()), MAX_TIMER_MS), scope.signal)
      const found = await this.#searcher.search(template.job, { signal: scope.signal, onProgress })
      return found.solution
    } catch (error) {
      if (error === TIP_CHANGED || error === OUTDATED) return undefined
      throw error
    } finally {
      clearTimeout(goodFor)
      unsubscribe()
      scope.release()
    }
  }
}

/** Waits, if there is anything to wait for. @throws the signal's reason */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await setTimeoutPromise(ms, undefined, { signal }).catch(() => {})
  signal.throwIfAborted()
}
