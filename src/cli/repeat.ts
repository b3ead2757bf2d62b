import { ApiError } from '../api/errors.js'
import { StoreUnwritable } from '../primitives/errors.js'
import { Interrupted } from './terminal.js'

/** How long a node that could not write waits until it tries again. */
const RETRY_MS = 5_000

export interface RepeatOptions {
  /** The pause between two rounds. */
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
  readonly retryMs?: number
}

/**
 * Does something again and again until the signal says to end. What the node refuses is warned of, once for as long as
 * it stays the same, and tried again after a pause: a disk that is full may have room later.
 * @throws whatever is no refusal of the node
 */
export async function repeat(
  work: () => Promise<void>,
  { everyMs, signal, warn, retryMs = RETRY_MS }: RepeatOptions,
): Promise<void> {
  let warned: string | undefined
  while (!signal.aborted) {
    try {
      await work()
      warned = undefined
      await pause(everyMs, signal)
    } catch (error) {
      if (error instanceof Interrupted || (error instanceof ApiError && error.code === 'shutting-down')) return
      if (!(error instanceof ApiError || error instanceof StoreUnwritable)) throw error
      const text = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
      if (warned !== text) warn(text)
      warned = text
      await pause(Math.max(everyMs, retryMs), signal)
    }
  }
}

/** Waits for a signal. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
