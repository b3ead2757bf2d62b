import type { EventsRequest, IdentifiedEvent } from '../api/node-api.js'
import type { NodeEvent } from '../api/schemas.js'

/** So many events are kept for those who come back. */
const CAPACITY = 1000
/** What the transactions in them may weigh as JSON text; in memory that is up to thirty times as much. */
const MAX_BYTES = 4 * 1024 * 1024

type Progress = Extract<NodeEvent, { type: 'mining' | 'syncing' }>

/**
 * The last events of a node. Who follows them has a place in the log and nothing of his own: a follower that is too slow costs no
 * memory, and learns that he missed some.
 */
export class EventLog {
  /** Tells the ids of this run from those of another. */
  readonly #run: string
  #events: { readonly event: NodeEvent; readonly bytes: number }[] = []
  #bytes = 0
  /** Events that are in the log no longer. */
  #dropped = 0
  /** The last of each kind. */
  readonly #progress = new Map<Progress['type'], { event: Progress; number: number }>()
  #published = 0
  readonly #waiting = new Set<() => void>()
  #closed = false

  /** @param run letters and digits that no other run of the node has */
  constructor(run: string) {
    this.#run = run
  }

  /** @param bytes of the JSON text of a transaction in it */
  publish(event: Exclude<NodeEvent, Progress>, bytes = 0): void {
    this.#events.push({ event, bytes })
    this.#bytes += bytes
    if (this.#events.length >= 2 * CAPACITY) this.#drop(this.#events.length - CAPACITY)
    let excess = 0
    for (let rest = this.#bytes; rest > MAX_BYTES && excess < this.#events.length - 1; excess++) {
      rest -= this.#events[excess]!.bytes
    }
    if (excess > 0) this.#drop(excess)
    this.#wake()
  }

  #drop(count: number): void {
    this.#dropped += count
    for (const { bytes } of this.#events.splice(0, count)) this.#bytes -= bytes
  }

  /** Progress replaces the progress before of the same thing: nobody is told of it later. */
  publishProgress(event: Progress): void {
    this.#progress.set(event.type, { event, number: ++this.#published })
    this.#wake()
  }

  /** Ends all followings. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *follow({ after, signal }: EventsRequest = {}): AsyncGenerator<IdentifiedEvent> {
    const end = this.#dropped + this.#events.length
    const known = after === undefined ? end : this.#numberOf(after)
    let next = known ?? end
    let seen = this.#published
    yield this.#placeAt(next, known === undefined ? 'missed' : 'listening')
    while (signal?.aborted !== true) {
      if (next < this.#dropped) {
        next = this.#dropped
        yield this.#placeAt(next, 'missed')
      } else if (next < this.#dropped + this.#events.length) {
        const { event } = this.#events[next - this.#dropped]!
        next++
        yield { id: `${this.#run}-${next}`, event }
      } else {
        const progress = this.#progressAfter(seen)
        if (progress !== undefined) {
          seen = progress.number
          yield { id: undefined, event: progress.event }
        } else if (this.#closed) return
        else await this.#news(signal)
      }
    }
  }

  #progressAfter(seen: number): { event: Progress; number: number } | undefined {
    return [...this.#progress.values()].filter(({ number }) => number > seen).sort((a, b) => a.number - b.number)[0]
  }

  /** How many events there were up to and including this one; undefined for an id of another run. */
  #numberOf(id: string): number | undefined {
    const [, run, number] = /^(\w+)-(\d{1,15})$/.exec(id) ?? []
    const end = this.#dropped + this.#events.length
    return run === this.#run && Number(number) <= end ? Number(number) : undefined
  }

  #placeAt(next: number, type: 'listening' | 'missed'): IdentifiedEvent {
    return { id: `${this.#run}-${next}`, event: { type } }
  }

  #news(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal?.addEventListener('abort', wake)
    })
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}
