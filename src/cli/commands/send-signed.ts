import { ApiError, type ApiErrorCode } from '../../api/errors.js'
import type { NodeApi } from '../../api/node-api.js'
import type { AddressBalance } from '../../api/schemas.js'
import type { Network, PaymentDraft, Signing } from '../../consensus/network.js'
import { isReject, rejectText } from '../../consensus/reject.js'
import { type JsonObject, printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import type { OpenedNode } from '../nodes/opened-node.js'
import { askConsent, askText, complaintOf } from '../prompts.js'
import { type Terminal, UsageError } from '../terminal.js'
import { addressMeant, type OwnAccount, ownAccount } from '../wallets/accounts.js'
import { unlock } from '../wallets/unlock.js'
import { Wallets } from '../wallets/wallets.js'
import type { SendOptions } from './send-options.js'
import { showPayment } from './show-payment.js'
import { type HandedIn, handIn, submit } from './submit-signed.js'

const TO = '--to ADDRESS'
const AMOUNT = '--amount NUMBER'

/** So a node answers where another payment of the account has come in between. */
const OVERTAKEN: readonly ApiErrorCode[] = ['already-pending', 'fee-too-low', 'bad-nonce']
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
