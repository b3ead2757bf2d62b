import { SourceError } from '../source-error.js'
import type { Peer, Range } from './peer.js'

/** Peers that are asked at a time; the others take the place of those that fail. An answer may be larger than what was asked for. */
const SOURCES_AT_ONCE = 8
/** Pages that are asked of one peer at a time: while one comes, the peer is at work on the next. */
const PAGES_AT_ONCE = 2
/** What waits for blocks before it, or is on its way, of all peers together. */
const WINDOW_BYTES = 16 * 1024 * 1024
/** A page is of as many blocks as would have so many bytes, were they like those that came last. */
const PAGE_BYTES = { least: 32 * 1024, most: 512 * 1024 } as const
const PAGE_BLOCKS = { first: 64, most: 1_000 } as const
/** A page that takes longer is followed by one of half the bytes, so that nobody waits long for a slow peer. */
const SLOW_MS = 1_000

/** Who may be asked. */
export interface BlockSource {
  readonly peer: Peer
  /** The height of the last block that it has. */
  readonly upTo: number
}

export interface DownloadOptions {
  readonly from: number
  /** The last height that is wanted. */
  readonly end: number
  /** A page that all others wait for is asked of another peer after so long. */
  readonly stallMs: number
  readonly signal: AbortSignal
}

/** Blocks that follow each other, and who gave them. */
export interface Page {
  readonly peer: Peer
  readonly from: number
  /** As `JsonCanonicalizer` prints them; at least one. */
  readonly printed: readonly Uint8Array[]
}

interface Source extends BlockSource {
  inFlight: number
  /** What its next page may have. */
  pageBytes: number
  /** Bytes a millisecond, of its last page; everybody is tried once. */
  rate: number
  /** Others had to wait for it: it is asked only where nobody else is left. */
  isStalled: boolean
}

interface Request {
  readonly source: Source
  readonly range: Range
  readonly stop: AbortController
  readonly since: number
}

/** Fetches blocks from several peers at once, and gives them in their order. What one peer does not give, or not in time, is asked of another. */
export class BlockDownload {
  readonly #options: DownloadOptions
  readonly #sources: Set<Source>
  readonly #requests = new Set<Request>()
  readonly #arrived = new Map<number, Page>()
  #arrivedBytes = 0
  /** What is to be asked for once more, the lowest first. */
  #again: Range[] = []
  /** What was never asked for begins here. */
  #fresh: number
  /** The next height to be given. */
  #head: number
  /** Of a block, in the last page. */
  #blockBytes: number | undefined
  /** What the last peer failed with. */
  #failure: unknown
  readonly #failures = new Map<Peer, SourceError>()
  #wake = (): void => {}

  constructor(sources: readonly BlockSource[], options: DownloadOptions) {
    this.#options = options
    this.#sources = new Set(
      sources.map(({ peer, upTo }) => ({
        peer,
        upTo,
        inFlight: 0,
        pageBytes: PAGE_BYTES.least,
        rate: Number.POSITIVE_INFINITY,
        isStalled: false,
      })),
    )
    this.#fresh = this.#head = options.from
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** The peers that are asked for nothing more, and why. */
  get failures(): ReadonlyMap<Peer, SourceError> {
    return this.#failures
  }

  /**
   * The next blocks.
   * @throws SourceError of the last one that had them, where nobody is left who does; the signal's reason
   */
  async next(): Promise<Page> {
    const { signal, stallMs } = this.#options
    const since = performance.now()
    for (;;) {
      signal.throwIfAborted()
      const page = this.#arrived.get(this.#head)
      if (page !== undefined) return this.#give(page)
      if (!this.#candidates().some(({ upTo }) => upTo >= this.#head)) throw this.#failure
      this.#ask()
      await this.#news(stallMs)
      this.#moveStalled(since)
    }
  }

  /** Takes back a page from a height on, which is asked of others; the peer is asked for nothing more. */
  refuse({ peer, from, printed }: Page, height: number, why: SourceError): void {
    for (const source of this.#sources) if (source.peer === peer) this.#drop(source, why)
    this.#head = height
    this.#askAgain({ from: height, limit: from + printed.length - height })
  }

  /** Ends what is under way. */
  close(): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#sources.clear()
    for (const request of [...this.#requests]) this.#end(request)
  }

  // One listener for all requests: each of its own would be too many for a signal.
  readonly #onAbort = (): void => {
    this.close()
    this.#wake()
  }

  #give(page: Page): Page {
    this.#arrived.delete(page.from)
    this.#arrivedBytes -= bytesOf(page.printed)
    this.#head = page.from + page.printed.length
    this.#ask()
    return page
  }

  /** Those who are asked: the others only where none of these has the next block. */
  #candidates(): Source[] {
    const sources = [...this.#sources]
    const prompt = sources.filter(({ isStalled, upTo }) => !isStalled && upTo >= this.#head)
    return (prompt.length > 0 ? prompt : sources).slice(0, SOURCES_AT_ONCE)
  }

  /** Asks whoever has time for what is missing. */
  #ask(): void {
    // What is missing most goes to the fastest: where pages are short, it would be the slowest who come to ask for the rest.
    const sources = this.#candidates().sort((a, b) => b.rate - a.rate)
    // One page of each before anybody is asked for a second one.
    for (let inFlight = 0; inFlight < PAGES_AT_ONCE; inFlight++) {
      for (const source of sources) {
        const range = source.inFlight === inFlight ? this.#take(source) : undefined
        if (range !== undefined) void this.#fetch(source, range)
      }
    }
  }

  /** The next blocks that a peer is to be asked for; undefined where it has none of them, or there is no room for them. */
  #take(source: Source): Range | undefined {
    const { pageBytes, upTo } = source
    const again = this.#again.find(({ from }) => from <= upTo)
    const left = again ?? { from: this.#fresh, limit: this.#options.end + 1 - this.#fresh }
    // For those that all wait for there is always room.
    if (left.from !== this.#head && this.#bytesUnderWay() + pageBytes > WINDOW_BYTES) return undefined
    const limit = Math.min(left.limit, upTo + 1 - left.from, this.#blocksIn(pageBytes))
    if (limit <= 0) return undefined
    const range = { from: left.from, limit }
    if (again === undefined) this.#fresh += limit
    else {
      this.#again = this.#again.filter((each) => each !== again)
      this.#askAgain(behind(again, limit))
    }
    return range
  }

  #bytesUnderWay(): number {
    let bytes = this.#arrivedBytes
    for (const { source } of this.#requests) bytes += source.pageBytes
    return bytes
  }

  #blocksIn(bytes: number): number {
    if (this.#blockBytes === undefined) return PAGE_BLOCKS.first
    return Math.min(PAGE_BLOCKS.most, Math.max(1, Math.floor(bytes / this.#blockBytes)))
  }

  #askAgain(range: Range): void {
    if (range.limit > 0) this.#again = [...this.#again, range].sort((a, b) => a.from - b.from)
  }

  async #fetch(source: Source, range: Range): Promise<void> {
    const request: Request = { source, range, stop: new AbortController(), since: performance.now() }
    this.#requests.add(request)
    source.inFlight++
    // What comes of a request that was ended meanwhile is nobody's concern.
    try {
      const printed = await source.peer.blocks(range, request.stop.signal)
      if (this.#requests.has(request)) this.#accept(request, printed)
    } catch (error) {
      if (this.#requests.has(request)) this.#fail(source, error)
    }
    this.#end(request)
    this.#ask()
    this.#wake()
  }

  #accept({ source, range, since }: Request, given: readonly Uint8Array[]): void {
    const { from, limit } = range
    const printed = given.slice(0, limit)
    if (printed.length === 0) {
      this.#fail(source, notTheBlock(from))
      return
    }
    const bytes = bytesOf(printed)
    this.#arrived.set(from, { peer: source.peer, from, printed })
    this.#arrivedBytes += bytes
    this.#blockBytes = bytes / printed.length
    this.#askAgain(behind(range, printed.length))
    const ms = performance.now() - since
    source.rate = bytes / ms
    const pageBytes = ms > SLOW_MS ? source.pageBytes / 2 : source.pageBytes * 2
    source.pageBytes = Math.min(PAGE_BYTES.most, Math.max(PAGE_BYTES.least, pageBytes))
  }

  #fail(source: Source, error: unknown): void {
    this.#drop(source, error)
    // No fault of a peer, but a mistake of the program: nobody else is asked.
    if (!(error instanceof SourceError)) this.#sources.clear()
  }

  /** Asks a peer for nothing more, and others for what was asked of it. */
  #drop(source: Source, failure: unknown): void {
    this.#sources.delete(source)
    this.#failure = failure
    if (failure instanceof SourceError) this.#failures.set(source.peer, failure)
    for (const request of [...this.#requests]) if (request.source === source) this.#giveBack(request)
  }

  #giveBack(request: Request): void {
    this.#end(request)
    this.#askAgain(request.range)
  }

  #end(request: Request): void {
    if (!this.#requests.delete(request)) return
    request.source.inFlight--
    request.stop.abort(new SourceError('no-chain', 'it is not asked any more'))
  }

  /** Asks another peer for the page that all wait for. @param since when the waiting began */
  #moveStalled(since: number): void {
    const request = [...this.#requests].find(({ range }) => range.from === this.#head)
    if (request === undefined) return
    const waited = performance.now() - Math.max(since, request.since)
    if (waited < this.#options.stallMs) return
    const isFree = (source: Source): boolean =>
      source !== request.source && !source.isStalled && source.upTo >= this.#head && source.inFlight < PAGES_AT_ONCE
    if (![...this.#sources].some(isFree)) return
    request.source.isStalled = true
    this.#giveBack(request)
  }

  /** Waits until something has come of a request, but no longer than `ms`. */
  #news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** It may have changed its chain since. */
export function notTheBlock(height: number): SourceError {
  return new SourceError('no-chain', `it gave the header of block ${height}, and not the block`)
}

function behind({ from, limit }: Range, count: number): Range {
  return { from: from + count, limit: limit - count }
}

function bytesOf(printed: readonly Uint8Array[]): number {
  return printed.reduce((sum, { length }) => sum + length, 0)
}
