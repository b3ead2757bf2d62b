import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** A name that was not found is not looked up again for so long. */
const FAILED_MS = 60_000
/** Peers come and go, and with them their names. */
const MAX_FAILED = 1_000
/** RFC 6761, 6.3: it leads to this machine, whoever is asked. */
const LOCALHOST = /^(.+\.)?localhost\.?$/
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/**
 * Looks up the names of peers. The system does so for two at a time, and cannot be told to give one up: a name for which nobody answers
 * would keep all others waiting again and again. So of each name one lookup is under way at most, and one that failed counts for a while.
 */
export class NameLookup {
  readonly #resolve: Resolve
  readonly #now: () => number
  readonly #underWay = new Map<string, Promise<readonly LookupAddress[]>>()
  readonly #failed = new Map<string, { readonly error: Error; readonly until: number }>()

  constructor(resolve: Resolve = systemLookup, now = () => performance.now()) {
    this.#resolve = resolve
    this.#now = now
  }

  /** For `lookup` of a request. */
  readonly lookup: LookupFunction = (hostname, { all }, callback) => {
    this.#addresses(hostname).then(
      (found) => (all ? callback(null, [...found]) : callback(null, found[0]!.address, found[0]!.family)),
      (error) => callback(error, []),
    )
  }

  async #addresses(hostname: string): Promise<readonly LookupAddress[]> {
    if (LOCALHOST.test(hostname)) return LOOPBACK
    const failed = this.#failed.get(hostname)
    if (failed !== undefined && this.#now() < failed.until) throw failed.error
    const known = this.#underWay.get(hostname)
    if (known !== undefined) return known
    const asked = this.#resolve(hostname).finally(() => this.#underWay.delete(hostname))
    this.#underWay.set(hostname, asked)
    try {
      const found = await asked
      this.#failed.delete(hostname)
      return found
    } catch (error) {
      if (this.#failed.size >= MAX_FAILED) this.#failed.clear()
      this.#failed.set(hostname, { error: error as Error, until: this.#now() + FAILED_MS })
      throw error
    }
  }
}

async function systemLookup(hostname: string): Promise<readonly LookupAddress[]> {
  // Loaded here: most commands that open a node ask no peer.
  const { lookup } = await import('node:dns/promises')
  return lookup(hostname, { all: true })
}
