import { type Reject, type RejectCode, rejectText } from '../consensus/reject.js'
import { StoreDamaged, StoreUnwritable } from '../primitives/errors.js'

export type ApiErrorCode =
  | RejectCode
  /** The request itself is wrong: not JSON, a missing or misshapen parameter. */
  | 'bad-request'
  | 'not-found'
  /** Several blocks or transactions are meant. */
  | 'ambiguous'
  /** As many event streams are open as the node keeps. */
  | 'too-many-clients'
  | 'method-not-allowed'
  | 'unsupported-media-type'
  /** An operator's call from another machine, without the node's token. */
  | 'unauthorized'
  /** A browser sent it on behalf of another site, or under a name that is not this machine's. */
  | 'forbidden'
  /** More than one address may ask in a second. */
  | 'too-many-requests'
  /** No address of a node, or the node's own. */
  | 'bad-peer-address'
  | 'too-many-peers'
  /** The node that was asked cannot do this: a plain Python node has five calls. */
  | 'unsupported'
  /** The node was told to stop before it could do it. */
  | 'shutting-down'
  /** The node cannot write: a full disk, a read-only folder. */
  | 'cannot-write'
  /** The store holds something else than was written. */
  | 'store-damaged'
  /** No answer from the node that was asked. */
  | 'node-unreachable'
  | 'timeout'
  /** The node that was asked answered with what is no answer to that. */
  | 'bad-answer'
  | 'internal'

/** Why a node did not do what it was asked. Every `NodeApi` throws these, or the reason of the caller's signal; anything else is a bug. */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  /** What to do about it, where something can be done. */
  readonly hint: string | undefined

  constructor(code: ApiErrorCode, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.code = code
    this.hint = options.hint
  }

  /** What a client is told when the store fails, without its words and paths; any other error stays what it is. */
  static ofFailure(error: unknown): unknown {
    if (error instanceof StoreUnwritable) {
      const hint = 'make room on the disk, or make the folder writable: then it works again'
      return new ApiError('cannot-write', 'the node could not store it', { hint, cause: error })
    }
    if (error instanceof StoreDamaged) {
      const hint = 'stop the node and start it again: then it says what is damaged, and what can be done'
      return new ApiError('store-damaged', "the node's store is damaged", { hint, cause: error })
    }
    return error
  }

  static ofReject(refusal: Reject): ApiError {
    return new ApiError(refusal.code, rejectText(refusal), { hint: refusal.hint })
  }
}
