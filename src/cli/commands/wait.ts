import { ApiError, type ApiErrorCode } from '../../api/errors.js'
import type { NodeApi } from '../../api/node-api.js'
import { AbortScope } from '../../primitives/abort-scope.js'
import { startActivity } from '../spinner.js'
import type { Terminal } from '../terminal.js'

/** Where a transaction stands, and how many blocks hold it: its own, and those on it. */
export interface Confirmed {
  readonly height: number
  readonly confirmations: number
}

/** After these the chain may be another one. */
const LOOK_AGAIN: readonly string[] = ['listening', 'missed', 'block', 'chain-replaced']

/**
 * Waits until so many blocks hold a transaction.
 * @throws ApiError with the code for which the node dropped it
 */
export async function waitForConfirmations(
  terminal: Terminal,
  api: NodeApi,
  { id, confirmations, signal }: { id: string; confirmations: number; signal: AbortSignal },
): Promise<Confirmed> {
  const activity = startActivity(terminal, 'waiting for a block')
  const ending = new AbortScope([signal])
  try {
    // The first event comes at once, and says that those after it will.
    for await (const { event } of api.events({ signal: ending.signal })) {
      signal.throwIfAborted()
      if (event.type === 'transaction-dropped' && event.id === id) {
        throw new ApiError(event.code as ApiErrorCode, `the node dropped it: ${event.message}`)
      }
      if (!LOOK_AGAIN.includes(event.type)) continue
      const { places, length } = await api.transaction(id)
      const place = places[0]
      const deep = place === undefined ? 0 : length - place.height + 1
      if (place !== undefined && deep >= confirmations) return { height: place.height, confirmations: deep }
      activity.update(`${deep} of ${confirmations} confirmations`)
    }
    signal.throwIfAborted()
    throw new ApiError('shutting-down', 'the node has ended; the transaction stays as it is', {
      hint: `chain tx ${id.slice(0, 12)}, when it runs again`,
    })
  } finally {
    ending.abort(undefined)
    ending.release()
    activity.stop()
  }
}
