import { ApiError } from '../../api/errors.js'
import { MAX_HEADERS } from '../../api/limits.js'
import type { NodeApi } from '../../api/node-api.js'
import { type Place, printPlace } from '../../api/place.js'
import type { Network } from '../../consensus/network.js'
import { isReject, rejectText } from '../../consensus/reject.js'
import type { Block, TreeRules } from '../../consensus/rules.js'
import { bytesOfHex } from '../../primitives/bytes.js'
import { startActivity } from '../spinner.js'
import { fields } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { grouped } from '../text.js'

/**
 * `chain tx --verify`: checks that a transaction stands in the chain, by the work of all headers and the way from the transaction to one
 * of them. The node is trusted for one thing: that it knows no chain with more work.
 * @throws ApiError bad-answer, where the node has shown what does not hold
 */
export async function verifyInclusion(
  terminal: Terminal,
  { api, network }: { api: NodeApi; network: Network },
  wanted: Place | string,
): Promise<void> {
  const { tree } = network.rules
  if (tree === undefined) {
    throw new UsageError(
      `on network ${network.name} blocks have no headers to check it with`,
      'chain verify checks the whole chain',
    )
  }
  const proof = await api.transactionProof(wanted)
  const { height, position, extraNonce } = proof
  const branch = proof.branch.map(bytesOfHex)
  const inclusion = { position, branch, ...(extraNonce !== null && { extraNonce: bytesOfHex(extraNonce) }) }
  const included = tree.checkInclusion(proof.transaction, inclusion, bytesOfHex(proof.header))
  if (isReject(included)) throw untrue(rejectText(included))
  if (typeof wanted === 'string' && !included.id.startsWith(wanted)) throw untrue(`it is of transaction ${included.id}`)
  if (typeof wanted === 'object' && (wanted.height !== height || wanted.position !== position)) {
    throw untrue(`it is of the transaction at ${printPlace({ height, position })}`)
  }
  const { length, work } = await checkHeaders(terminal, { api, tree }, { height, header: proof.header })
  const document = {
    id: included.id,
    height,
    position,
    blockHash: tree.headerHash(bytesOfHex(proof.header)),
    confirmations: length - height + 1,
    length,
    work: work.toString(),
  }
  terminal.result(document, () => {
    const { paint } = terminal
    const rows = fields(
      [
        ['id', included.id],
        ['place', printPlace({ height, position })],
        ['block', document.blockHash],
        ['blocks on it', grouped(length - height)],
        ['checked', `its id, its way into the block, and the work of ${grouped(length - 1)} headers`],
        ['on trust', 'that the node knows no chain with more work'],
      ],
      (label) => `  ${paint.dim(label)}`,
    )
    return `${paint.green('✔')} it stands in the chain\n${rows}`
  })
}

/** Checks the headers of the whole chain, and that the one at a height is the one that is expected. */
async function checkHeaders(
  terminal: Terminal,
  { api, tree }: { api: NodeApi; tree: TreeRules<Block> },
  expected: { height: number; header: string },
): Promise<{ length: number; work: bigint }> {
  const checker = tree.headerChecker(Date.now() / 1000)
  const activity = startActivity(terminal, 'checking headers')
  let isThere = false
  try {
    for (;;) {
      const from = checker.tip.height + 1
      const { headers, length } = await api.headers({ from, limit: MAX_HEADERS })
      for (const header of headers) {
        const refusal = checker.add(bytesOfHex(header))
        if (refusal !== undefined) throw untrue(`header ${checker.tip.height + 1}: ${rejectText(refusal)}`)
        if (checker.tip.height === expected.height) isThere = header === expected.header
      }
      activity.update(`${grouped(checker.tip.height)} of ${grouped(length)} headers`)
      if (checker.tip.height >= length || headers.length === 0) break
    }
  } finally {
    activity.stop()
  }
  if (!isThere) throw untrue('the block that holds it is not in the chain whose headers the node gives')
  return { length: checker.tip.height, work: checker.work }
}

function untrue(what: string): ApiError {
  return new ApiError('bad-answer', `what the node shows is not true: ${what}`, {
    hint: 'ask another node with --node URL; its chain may have changed meanwhile, so ask this one once more, too',
  })
}
