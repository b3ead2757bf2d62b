import { ApiError, type ApiErrorCode } from '../../api/errors.js'
import type { Network } from '../../consensus/network.js'
import { isReject, rejectText } from '../../consensus/reject.js'
import { JsonNumber, type JsonObject, jsonObject, printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import type { OpenedNode } from '../nodes/opened-node.js'
import { fields } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { shellWord } from '../text.js'
import { readTransaction } from '../wallets/transaction-file.js'
import { signingOf } from '../wallets/wallet-network.js'
import type { SendOptions } from './send-options.js'
import { waitForConfirmations } from './wait.js'

/** So an answer fails to come, of a node that may have taken the payment up. */
const UNANSWERED: readonly ApiErrorCode[] = ['timeout', 'node-unreachable', 'bad-answer', 'internal']

/** `chain tx submit`: hands in a transaction that was signed elsewhere. */
export async function submitFile(terminal: Terminal, { wait }: Pick<SendOptions, 'wait'>, file: string): Promise<void> {
  const transaction = (await readTransaction(file)) as JsonObject
  const opened = await openNode(terminal, {
    check: (network) => void checkFile(terminal, network, transaction, file),
    ifNew: 'keep-if-used',
  })
  try {
    const id = checkFile(terminal, opened.network, transaction, file)
    await submit(terminal, opened, () => handIn(terminal, opened, { id, transaction }), wait)
  } finally {
    await opened.api.close()
  }
}

/** @throws ApiError, which names the transaction where it may have been taken up */
export async function handIn(
  terminal: Terminal,
  { api, flags }: OpenedNode,
  { id, transaction }: Omit<HandedIn, 'height'>,
): Promise<HandedIn> {
  try {
    return { id, transaction, ...(await api.submitPayment(transaction)) }
  } catch (error) {
    if (!(error instanceof ApiError) || !UNANSWERED.includes(error.code)) throw error
    const hint = `look first whether it is there: ${commandLine(terminal.options, `tx ${id.slice(0, 12)}`, flags)}`
    throw new ApiError(error.code, `${error.message}; it may have taken up ${id} all the same`, { hint, cause: error })
  }
}

/** A transaction that a node has taken up. */
export interface HandedIn {
  readonly id: string
  readonly transaction: JsonObject
  /** Of the block that may hold it. */
  readonly height: number
}

/** Has a transaction handed in, and tells what became of it. @param confirmations to be waited for; undefined for none */
export async function submit(
  terminal: Terminal,
  { api, network, flags }: OpenedNode,
  work: () => Promise<HandedIn>,
  confirmations: number | undefined,
): Promise<void> {
  const { signal, release } = onInterrupt()
  try {
    const { id, transaction, height } = await work()
    const look = commandLine(terminal.options, `tx ${id.slice(0, 12)}`, flags)
    if (confirmations === undefined) {
      terminal.result(printJson(jsonObject({ id, transaction, block: JsonNumber.integer(height) })), () =>
        shown(terminal, network, transaction, {
          id,
          head: `pending: block ${terminal.paint.bold(String(height))} may hold it`,
        }),
      )
      terminal.note(`where it is: ${look}`)
      return
    }
    const told = (block: number, deep: number): string =>
      printJson(
        jsonObject({ id, transaction, block: JsonNumber.integer(block), confirmations: JsonNumber.integer(deep) }),
      )
    terminal.note(`sent: ${id}; waiting for ${confirmations} confirmations (${look})`)
    // At once: whoever stops waiting has paid all the same.
    if (terminal.options.json) terminal.result(told(height, 0), '')
    const place = await waitForConfirmations(terminal, api, { id, confirmations, signal })
    terminal.result(told(place.height, place.confirmations), () =>
      shown(terminal, network, transaction, {
        id,
        head: `confirmed: in block ${terminal.paint.bold(String(place.height))}, ${place.confirmations} deep`,
      }),
    )
  } finally {
    release()
  }
}

function shown(
  { paint }: Terminal,
  network: Network,
  transaction: JsonObject,
  { id, head }: { id: string; head: string },
): string {
  const { from, to, amount } = network.describeTransaction(transaction)
  const rows = fields(
    [
      ['id', id],
      ['from', from],
      ['to', to],
      ['amount', amount],
    ],
    (label) => `  ${paint.dim(label)}`,
  )
  return `${paint.green('✔')} ${head}\n${rows}`
}

/** @returns the id of what is in the file. @throws UsageError where it is no transaction of the network, or nothing is signed there */
function checkFile(terminal: Terminal, network: Network, transaction: JsonObject, file: string): string {
  signingOf(terminal, network)
  const encoded = network.rules.decodeTransaction(transaction)
  if (!isReject(encoded)) return network.rules.transactionId(encoded)
  const sign = `${commandLine(terminal.options, `wallet sign ${shellWord(file)}`, ['--network', network.name])} signs it`
  const hint = 'signature' in transaction ? (encoded.hint ?? 'chain send --dry-run prints a good one') : sign
  throw new UsageError(rejectText(encoded), hint)
}
