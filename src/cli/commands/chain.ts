import { exactJson } from '../../api/documents.js'
import { ApiError } from '../../api/errors.js'
import type { BlockRange, NodeApi } from '../../api/node-api.js'
import type { BlockPage, ListedBlock } from '../../api/schemas.js'
import type { Network } from '../../consensus/network.js'
import { printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { type Column, table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { counted, harmless, shortened, timeText } from '../text.js'

export interface ChainOptions {
  readonly from?: number
  readonly limit: number
  readonly full?: boolean
}

const COLUMNS: readonly Column[] = [
  { head: 'block', align: 'right' },
  { head: 'time', narrow: 'whole' },
  { head: 'proof', align: 'right' },
  { head: 'transactions', align: 'right', narrow: 'whole' },
  { head: 'hash' },
  { head: 'previous hash', narrow: 'omit' },
]

/** `chain chain`: shows the last blocks, or those from `--from` on. */
export async function showChain(terminal: Terminal, { from, limit, full }: ChainOptions): Promise<void> {
  const { api, network, flags } = await openNode(terminal)
  try {
    const { length } = from === undefined ? await api.blocks({ from: 1, limit: 1 }) : { length: 0 }
    const first = from ?? Math.max(1, length - limit + 1)
    const page = await wholePage(api, { from: first, limit })
    if (page.blocks.length === 0) {
      throw new ApiError('not-found', `there is no block ${first}: the chain has ${counted(page.length, 'block')}`, {
        hint: `${commandLine(terminal.options, 'chain', flags)} shows the last ones`,
      })
    }
    terminal.result(printJson(exactJson(page)), () => (full ? fullText(page) : tableText(terminal, network, page)))
  } finally {
    await api.close()
  }
}

/** All blocks of a range: of large ones a node gives fewer at a time. */
async function wholePage(api: NodeApi, { from, limit }: BlockRange): Promise<BlockPage> {
  const blocks: ListedBlock[] = []
  for (;;) {
    const next = from + blocks.length
    const page = await api.blocks({ from: next, limit: limit - blocks.length })
    blocks.push(...page.blocks)
    const isWhole = blocks.length >= limit || from + blocks.length > page.length
    if (isWhole || page.blocks.length === 0) return { length: page.length, blocks }
  }
}

function tableText(terminal: Terminal, network: Network, { length, blocks }: BlockPage): string {
  const rows = blocks.map(({ height, hash, block }) => {
    const { time, proof, previousHash, transactions } = network.describeBlock(block)
    const count = typeof transactions === 'string' ? shortened(transactions) : String(transactions.length)
    return [String(height), timeText(time), proof, count, shortened(hash), shortened(previousHash)]
  })
  const shown =
    blocks.length === length
      ? counted(length, 'block')
      : `${counted(blocks.length, 'block')} of ${length}; others with --from and --limit`
  return `${table(terminal, COLUMNS, rows)}\n${terminal.paint.dim(shown)}`
}

function fullText({ blocks }: BlockPage): string {
  return blocks.map(({ hash, block }: ListedBlock) => `${harmless(hash)}\n${printJson(block)}`).join('\n')
}
