import { ApiError } from '../../api/errors.js'
import type { NodeApi } from '../../api/node-api.js'
import type { Network, PaymentDraft, Signing } from '../../consensus/network.js'
import { isReject, rejectText } from '../../consensus/reject.js'
import { JsonNumber, type JsonObject, jsonObject, printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import type { OpenedNode } from '../nodes/opened-node.js'
import { askConsent, askText, complaintOf } from '../prompts.js'
import { fields } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { addressMeant, type OwnAccount, ownAccount } from '../wallets/accounts.js'
import { readTransaction } from '../wallets/transaction-file.js'
import { unlock } from '../wallets/unlock.js'
import type { SendOptions } from './send-options.js'
import { showPayment } from './show-payment.js'
import { waitForConfirmations } from './wait.js'

const TO = '--to ADDRESS'
const AMOUNT = '--amount NUMBER'

/** `chain send` where payments are signed: shows what will happen, asks, signs in this process, and submits. */
export async function sendSigned(terminal: Terminal, options: SendOptions, opened: OpenedNode): Promise<void> {
  const { api, network } = opened
  const signing = network.signing!
  const account = ownAccount(terminal, signing, options.from)
  const { draft, left } = await draftPayment(terminal, options, { api, network, signing, account })
  if (options.unsigned) {
    terminal.result(printJson(draft.unsigned), printJson(draft.unsigned))
    return
  }
  showPayment(terminal, network, draft.shown, left)
  if (!options.dryRun) await askConsent(terminal, 'send it')
  const { seed } = await unlock(terminal, options, account.wallet)
  const { id, transaction } = draft.signed(seed.account(account.index).sign(draft.message))
  if (options.dryRun) {
    terminal.result(printJson(transaction), printJson(transaction))
    return
  }
  await submit(terminal, opened, { id, transaction, confirmations: options.wait })
}

/** `chain tx submit`: hands in a transaction that was signed elsewhere. */
export async function submitFile(terminal: Terminal, { wait }: Pick<SendOptions, 'wait'>, file: string): Promise<void> {
  const transaction = (await readTransaction(file)) as JsonObject
  const opened = await openNode(terminal, {
    check: (network) => void idOf(network, transaction),
    ifNew: 'keep-if-used',
  })
  try {
    const id = idOf(opened.network, transaction)
    await submit(terminal, opened, { id, transaction, confirmations: wait })
  } finally {
    await opened.api.close()
  }
}

interface Payer {
  readonly api: NodeApi
  readonly network: Network
  readonly signing: Signing
  readonly account: OwnAccount
}

async function draftPayment(
  terminal: Terminal,
  options: SendOptions,
  { api, network, signing, account }: Payer,
): Promise<{ draft: PaymentDraft; left: string }> {
  const to = options.to ?? (await askText(terminal, 'To whom? (an address, a contact, or a wallet of yours)', TO))
  const recipient = addressMeant(terminal, network, to.trim())
  const complaint = (text: string): string | undefined => complaintOf(network.checkAmount(text))
  const amount = options.amount ?? (await askText(terminal, 'How much?', AMOUNT, complaint))
  const { next } = await api.balance(account.address)
  if (next === undefined) throw new ApiError('bad-answer', 'the node does not say what the next nonce is')
  const draft = signing.draft({
    publicKey: account.publicKey,
    to: recipient,
    amount,
    fee: options.fee ?? signing.usualFee,
    nonce: options.nonce ?? next.nonce,
    memo: options.memo,
  })
  if (isReject(draft)) throw ApiError.ofReject(draft)
  // What takes the place of a pending one has that one's coins, too: of that the node knows.
  const left = draft.left(next.amount)
  if (left === undefined && options.nonce === undefined) {
    const own = `${account.wallet.name}.${account.index}`
    throw new ApiError('insufficient-funds', `${own} has ${next.amount} to spend, less than amount and fee`, {
      hint: commandLine(terminal.options, `mine --to ${own}`, ['--network', network.name]),
    })
  }
  return { draft, left: left ?? next.amount }
}

async function submit(
  terminal: Terminal,
  { api, network, flags }: OpenedNode,
  { id, transaction, confirmations }: { id: string; transaction: JsonObject; confirmations: number | undefined },
): Promise<void> {
  const { signal, release } = onInterrupt()
  try {
    const { height } = await api.submitPayment(transaction)
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
    terminal.note(`sent: ${id}; waiting for ${confirmations} confirmations (${look})`)
    const place = await waitForConfirmations(terminal, api, { id, confirmations, signal })
    const document = jsonObject({ id, transaction, block: JsonNumber.integer(place.height) })
    terminal.result(printJson(document), () =>
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

/** Refuses what is wrong of it before any node is asked. @throws UsageError */
export function checkSigned(terminal: Terminal, options: SendOptions, network: Network): void {
  const signing = network.signing!
  const { to, fee, memo, from } = options
  ownAccount(terminal, signing, from)
  if (to !== undefined) addressMeant(terminal, network, to)
  const refusals = [
    fee === undefined ? undefined : network.checkAmount(fee),
    memo === undefined ? undefined : signing.checkMemo(memo),
  ]
  const refusal = refusals.find((each) => each !== undefined)
  if (refusal !== undefined) throw new UsageError(rejectText(refusal), refusal.hint)
}

/** @throws UsageError where it is no transaction of the network */
function idOf({ name, rules, signing }: Network, transaction: JsonObject): string {
  const encoded = rules.decodeTransaction(transaction)
  if (!isReject(encoded)) return rules.transactionId(encoded)
  const whose = signing === undefined ? '' : `, by the rules of network ${name}`
  throw new UsageError(`${rejectText(encoded)}${whose}`, encoded.hint ?? 'chain send --dry-run prints a good one')
}
