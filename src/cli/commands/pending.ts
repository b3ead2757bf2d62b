import { exactJson } from '../../api/documents.js'
import { type JsonValue, printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { type Column, table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { amountText, counted } from '../text.js'

const COLUMNS: readonly Column[] = [{ head: 'from' }, { head: 'to' }, { head: 'amount', align: 'right' }]

/** `chain pending`: the transactions that wait for a block. */
export async function pending(terminal: Terminal, { limit }: { limit: number }): Promise<void> {
  const { api, network, flags } = await openNode(terminal)
  try {
    const page = await api.pending({ limit })
    const { total, transactions } = page
    const rowOf = (transaction: JsonValue): string[] => {
      const { from, to, amount } = network.describeTransaction(transaction)
      return [from, to, amountText(amount)]
    }
    terminal.result(printJson(exactJson(page)), () => {
      if (total === 0) return 'no pending transactions'
      const shown = transactions.length === total ? counted(total, 'transaction') : `${transactions.length} of ${total}`
      return `${table(terminal, COLUMNS, transactions.map(rowOf))}\n${terminal.paint.dim(shown)}`
    })
    if (total > 0) terminal.note(`to have them mined: ${commandLine(terminal.options, 'mine', flags)}`)
  } finally {
    await api.close()
  }
}
