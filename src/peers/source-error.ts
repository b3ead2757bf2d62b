export type SourceFault = 'unreachable' | 'too-slow' | 'too-large' | 'no-chain'

/** Why a peer gave no chain. */
export class SourceError extends Error {
  readonly fault: SourceFault
  /** Of an answer that is none, the HTTP status. */
  readonly status: number | undefined

  constructor(fault: SourceFault, message: string, status?: number) {
    super(message)
    this.name = 'SourceError'
    this.fault = fault
    this.status = status
  }
}
