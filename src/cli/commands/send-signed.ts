import { ApiError, type ApiErrorCode } from '../../api/errors.js'
import type { NodeApi } from '../../api/node-api.js'
import type { AddressBalance } from '../../api/schemas.js'
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
import { Wallets } from '../wallets/wallets.js'
import type { SendOptions } from './send-options.js'
import { showPayment } from './show-payment.js'
import { waitForConfirmations } from './wait.js'

const TO = '--to ADDRESS'
const AMOUNT = '--amount NUMBER'

/** So a node answers where another payment of the account has come in between. */
const OVERTAKEN: readonly ApiErrorCode[] = ['already-pending', 'fee-too-low', 'bad-nonce']
/** So an answer fails to come, of a node that may have taken the payment up. */
const UNANSWERED: readonly ApiErrorCode[] = ['timeout', 'node-unreachable', 'bad-answer', 'internal']

/** `chain send` where payments are signed: shows what will happen, asks, signs in this process, and submits. */
export async function sendSigned(terminal: Terminal, options: SendOptions, opened: OpenedNode): Promise<void> {
  const { api, network } = opened
  const signing = network.signing!
  const account = ownAccount(terminal, signing, options.from)
  const payer = { api, network, signing, account }
  const wish = await askPayment(terminal, options, network)
  const { draft, left } = await draftPayment(terminal, wish, payer)
  if (options.unsigned) {
    terminal.result(printJson(draft.unsigned), printJson(draft.unsigned))
    return
  }
  showPayment(terminal, network, draft.shown, left)
  if (!options.dryRun) await askConsent(terminal, 'send it')
  const { seed } = await unlock(terminal, options, account.wallet)
  /** By now another payment of the account may have come in between: what was shown and agreed to has the nonce that is next. */
  const sign = async (): Promise<{ id: string; transaction: JsonObject }> => {
    const { draft } = await draftPayment(terminal, wish, payer)
    return draft.signed(seed.account(account.index).sign(draft.message))
  }
  if (options.dryRun) {
    const { transaction } = await sign()
    terminal.result(printJson(transaction), printJson(transaction))
    return
  }
  const wallets = new Wallets(terminal)
  const send = async (): Promise<HandedIn> => handIn(terminal, opened, await sign())
  const sendInTurn = async (): Promise<HandedIn> => {
    try {
      // Once, whatever the node says: who signs again for who says that it was nothing may pay as often.
      return await wallets.exclusively(send)
    } catch (error) {
      if (options.nonce !== undefined || !(error instanceof ApiError) || !OVERTAKEN.includes(error.code)) throw error
      const pending = commandLine(terminal.options, 'pending', opened.flags)
      const hint = `another payment of the account may have come in between: look with ${pending}, and send it again; or offer a higher fee`
      throw new ApiError(error.code, error.message, { hint, cause: error })
    }
  }
  await submit(terminal, opened, sendInTurn, options.wait)
}

/** @throws ApiError, which names the transaction where it may have been taken up */
async function handIn(
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
interface HandedIn {
  readonly id: string
  readonly transaction: JsonObject
  /** Of the block that may hold it. */
  readonly height: number
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
    await submit(terminal, opened, () => handIn(terminal, opened, { id, transaction }), wait)
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

/** What is to be paid, and to whom. */
interface Wish extends Pick<SendOptions, 'fee' | 'nonce' | 'memo'> {
  readonly to: string
  readonly amount: string
}

async function askPayment(terminal: Terminal, options: SendOptions, network: Network): Promise<Wish> {
  const question = 'To whom? (an address, a contact, or a wallet of yours)'
  const to =
    options.to ?? (await askText(terminal, question, TO, (text) => complaintOfAddress(terminal, network, text)))
  const complaint = (text: string): string | undefined => complaintOf(network.checkAmount(text))
  const amount = options.amount ?? (await askText(terminal, 'How much?', AMOUNT, complaint))
  return { ...options, to: addressMeant(terminal, network, to.trim()), amount }
}

function complaintOfAddress(terminal: Terminal, network: Network, text: string): string | undefined {
  try {
    addressMeant(terminal, network, text.trim())
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}

async function nextOf(api: NodeApi, { address }: OwnAccount): Promise<NonNullable<AddressBalance['next']>> {
  const { next } = await api.balance(address)
  if (next === undefined) throw new ApiError('bad-answer', 'the node does not say what the next nonce is')
  return next
}

/** @returns with what is left then, where that is known */
async function draftPayment(
  terminal: Terminal,
  { to, amount, fee, nonce: wanted, memo }: Wish,
  { api, network, signing, account }: Payer,
): Promise<{ draft: PaymentDraft; left: string | undefined }> {
  const next = await nextOf(api, account)
  const { publicKey, wallet, index } = account
  const nonce = wanted ?? next.nonce
  const draft = signing.draft({ publicKey, to, amount, fee: fee ?? signing.usualFee, nonce, memo })
  if (isReject(draft)) throw ApiError.ofReject(draft)
  // What takes the place of a pending one has that one's coins, too: of these only the node knows.
  if (nonce !== next.nonce) return { draft, left: undefined }
  if (isReject(network.checkAmount(next.amount))) {
    throw new ApiError('bad-answer', 'the node says what there is to spend in words that are no amount')
  }
  const left = draft.left(next.amount)
  if (left === undefined) {
    const own = `${wallet.name}.${index}`
    throw new ApiError('insufficient-funds', `${own} has ${next.amount} to spend, less than amount and fee`, {
      hint: commandLine(terminal.options, `mine --to ${own}`, ['--network', network.name]),
    })
  }
  return { draft, left }
}

async function submit(
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
