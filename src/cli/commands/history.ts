import { exactJson } from '../../api/documents.js'
import { historyQuerySchema } from '../../api/parameter-schemas.js'
import { printPlace } from '../../api/place.js'
import type { History } from '../../api/schemas.js'
import type { Network } from '../../consensus/network.js'
import { printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { type Column, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { amountText, counted, shellWord, shortened, timeText } from '../text.js'
import { meantAddress } from '../wallets/meant-address.js'

export interface HistoryOptions {
  readonly limit: number
  readonly before?: string
}

const COLUMNS: readonly Column[] = [
  { head: 'time', narrow: 'whole' },
  { head: 'place' },
  { head: 'amount', align: 'right' },
  { head: 'from or to' },
  { head: 'id' },
]

/** `chain history`: what an address paid and was paid, the last first. */
export async function history(
  terminal: Terminal,
  { limit, before }: HistoryOptions,
  address: string | undefined,
): Promise<void> {
  const end = historyQuerySchema.shape.before.safeParse(before)
  if (!end.success) throw new UsageError(`--before ${end.error.issues[0]!.message}`, 'take it from the last line shown')
  const opened = await openNode(terminal)
  const { api, network, flags } = opened
  try {
    const whom = await meantAddress(terminal, opened, address)
    const found = await api.history({ address: whom, limit, before: end.data })
    terminal.result(printJson(exactJson(found)), () => describe(terminal, network, found))
    if (found.next !== null) {
      const whose = address === undefined ? '' : `${shellWord(address)} `
      const words = `history ${whose}--before ${printPlace(found.next)} --limit ${limit}`
      terminal.note(`for earlier ones: ${commandLine(terminal.options, words, flags)}`)
    }
  } finally {
    await api.close()
  }
}

function describe(terminal: Terminal, network: Network, { address, transactions }: History): string {
  if (transactions.length === 0) return 'no transactions in the chain name this address'
  const rows = transactions.map(({ time, height, position, id, transaction }) => {
    const { from, to, amount } = network.describeTransaction(transaction)
    const [signed, other] =
      from === address ? (to === address ? [amount, to] : [withSign('-', amount), to]) : [withSign('+', amount), from]
    return [timeText(time), printPlace({ height, position }), amountText(signed), other, shortened(id)]
  })
  return `${table(terminal, COLUMNS, rows)}\n${terminal.paint.dim(counted(transactions.length, 'transaction'))}`
}

/** A peer's chain may have amounts below zero, which go the other way, and such as are no numbers, which count for nothing. */
function withSign(sign: '+' | '-', amount: string): string {
  if (!/^-?\d/.test(amount)) return amount
  if (!amount.startsWith('-')) return `${sign}${amount}`
  return `${sign === '+' ? '-' : '+'}${amount.slice(1)}`
}
