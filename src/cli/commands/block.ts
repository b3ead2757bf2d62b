import { exactJson } from '../../api/documents.js'
import { blockIdSchema } from '../../api/parameter-schemas.js'
import { printJson } from '../../primitives/json/value.js'
import { commandLine, givenNodeFlags } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { type Column, fields, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { amountText, shortened, timeText } from '../text.js'

const COLUMNS: readonly Column[] = [
  { head: 'place' },
  { head: 'from' },
  { head: 'to' },
  { head: 'amount', align: 'right' },
]
const SHOWN = 100
/** Of what a peer's block has instead of a list. */
const SHOWN_LENGTH = 64

/** `chain block`: one block with its transactions. */
export async function showBlock(terminal: Terminal, id: string | undefined): Promise<void> {
  const wanted = id === undefined ? undefined : parseBlockId(terminal, id)
  const { api, network } = await openNode(terminal)
  try {
    const found = await api.block(wanted ?? (await api.status()).length)
    terminal.result(printJson(exactJson(found)), () => {
      const { paint } = terminal
      const { height, hash, block, length } = found
      const { time, proof, previousHash, transactions } = network.describeBlock(block)
      const isList = typeof transactions !== 'string'
      const head = fields(
        [
          ['block', `${height} of ${length}`],
          ['hash', hash],
          ['previous hash', previousHash],
          ['time', timeText(time)],
          ['proof', proof],
          ['transactions', isList ? String(transactions.length) : shortened(transactions, SHOWN_LENGTH)],
        ],
        paint.dim,
      )
      if (!isList || transactions.length === 0) return head
      const rows = transactions.slice(0, SHOWN).map((transaction, position) => {
        const { from, to, amount } = network.describeTransaction(transaction)
        return [`${height}.${position}`, from, to, amountText(amount)]
      })
      const left = transactions.length - rows.length
      const rest = left === 0 ? '' : `\n${paint.dim(`and ${left} more: --json shows all`)}`
      return `${head}\n\n${table(terminal, COLUMNS, rows)}${rest}`
    })
  } finally {
    await api.close()
  }
}

function parseBlockId({ options }: Terminal, text: string): number | string {
  const parsed = blockIdSchema.safeParse(text.toLowerCase())
  if (parsed.success) return parsed.data
  throw new UsageError(
    `a block ${parsed.error.issues[0]!.message}`,
    `${commandLine(options, 'chain', givenNodeFlags(options))} shows them`,
  )
}
