import { exactJson } from '../../api/documents.js'
import { transactionIdSchema } from '../../api/parameter-schemas.js'
import { type Place, printPlace } from '../../api/place.js'
import { printJson } from '../../primitives/json/value.js'
import { commandLine, givenNodeFlags } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { type Column, fields, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted, shortened, timeText } from '../text.js'

const COLUMNS: readonly Column[] = [
  { head: 'place' },
  { head: 'time', narrow: 'whole' },
  { head: 'hash of the block' },
  { head: 'blocks on it', align: 'right' },
]

/** `chain tx`: one transaction, and the blocks that hold it. */
export async function showTransaction(
  terminal: Terminal,
  { verify }: { readonly verify?: boolean },
  id: string,
): Promise<void> {
  const wanted = parseTransactionId(terminal, id)
  const { api, network } = await openNode(terminal)
  try {
    if (verify) {
      await (await import('./verify-inclusion.js')).verifyInclusion(terminal, { api, network }, wanted)
      return
    }
    const found = await api.transaction(wanted)
    terminal.result(printJson(exactJson(found)), () => {
      const { paint } = terminal
      const { from, to, amount } = network.describeTransaction(found.transaction)
      const head = fields(
        [
          ['id', found.id],
          ['from', from],
          ['to', to],
          ['amount', amount],
          ...(found.pending > 0 ? [['pending', counted(found.pending, 'time')] as const] : []),
        ],
        paint.dim,
      )
      if (found.places.length === 0) return head
      const rows = found.places.map(({ height, position, time, blockHash }) => [
        printPlace({ height, position }),
        timeText(time),
        shortened(blockHash),
        String(found.length - height),
      ])
      const more = found.more ? `\n${paint.dim('and in earlier blocks')}` : ''
      return `${head}\n\n${table(terminal, COLUMNS, rows)}${more}`
    })
  } finally {
    await api.close()
  }
}

function parseTransactionId({ options }: Terminal, text: string): Place | string {
  const parsed = transactionIdSchema.safeParse(text.toLowerCase())
  if (parsed.success) return parsed.data
  throw new UsageError(
    `a transaction ${parsed.error.issues[0]!.message}`,
    `${commandLine(options, 'block', givenNodeFlags(options))} shows those of a block`,
  )
}
