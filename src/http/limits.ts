import { isLoopback } from './addresses.js'

/** What a server lets its clients ask of it, and how long it waits for them. */
export interface ServerLimits {
  /** Connections at a time. */
  readonly sockets: number
  /** From the beginning of a connection or of a request until its headers are there. */
  readonly headersMs: number
  /** Until all of a request is there. */
  readonly requestMs: number
  /** Within this time a client that is sent an answer takes `readBytes` of it, or all that is left. */
  readonly readMs: number
  readonly readBytes: number
  /** Of one address. */
  readonly requestsPerSecond: number
  /** Whether an address, of the socket and nothing that is said in headers, is of this machine: its requests are not counted, and need no token. */
  readonly isLocal: (address: string) => boolean
}

export const SERVER_LIMITS: ServerLimits = Object.freeze({
  sockets: 256,
  headersMs: 10_000,
  requestMs: 30_000,
  // About 2 KiB a second: a mobile phone at the edge of its network does better.
  readMs: 30_000,
  readBytes: 64 * 1024,
  requestsPerSecond: 50,
  isLocal: isLoopback,
})
