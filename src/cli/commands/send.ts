import { ApiError } from '../../api/errors.js'
import type { Network } from '../../consensus/network.js'
import { isReject } from '../../consensus/reject.js'
import { JsonNumber, jsonObject, printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import { askText, complaintOf, requirePerson } from '../prompts.js'
import { fields } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { withHint } from '../with-hint.js'

export interface SendOptions {
  readonly to?: string
  readonly amount?: string
  readonly from?: string
  readonly dryRun?: boolean
}

const TO = '--to ADDRESS'
const AMOUNT = '--amount NUMBER'

/** `chain send`: asks for a transaction to become pending. */
export async function send(terminal: Terminal, options: SendOptions): Promise<void> {
  const check = (network: Network): void => checkGiven(terminal, options, network)
  const { api, network, identity, flags } = await openNode(terminal, {
    check,
    ifNew: options.dryRun ? 'refuse' : 'keep-if-used',
  })
  try {
    const to = options.to ?? (await askText(terminal, 'To whom?', TO))
    const complaint = (text: string): string | undefined => complaintOf(network.checkAmount(text))
    const amount = options.amount ?? (await askText(terminal, 'How much?', AMOUNT, complaint))
    const request = paymentRequestOf(network)({ from: options.from ?? identity, to, amount })
    if (isReject(request)) throw ApiError.ofReject(request)
    if (options.dryRun) {
      terminal.result(printJson(request), printJson(request))
      return
    }
    const { height } = await api.submitPayment(request)
    const document = jsonObject({ transaction: request, block: JsonNumber.integer(height) })
    terminal.result(printJson(document), () => {
      const { paint } = terminal
      const shown = fields(
        [
          ['from', String(request.sender)],
          ['to', String(request.recipient)],
          ['amount', String(request.amount)],
        ],
        (label) => `  ${paint.dim(label)}`,
      )
      return `${paint.green('✔')} pending: block ${paint.bold(String(height))} will hold it\n${shown}`
    })
    terminal.note(`to have it mined: ${commandLine(terminal.options, 'mine', flags)}`)
  } catch (error) {
    const mine = commandLine(terminal.options, 'mine', flags)
    throw withHint(error, { 'pool-full': `mine a block, which takes some of them: ${mine}` })
  } finally {
    await api.close()
  }
}

/** @throws UsageError where a payment has to be signed */
function paymentRequestOf({ name, paymentRequest }: Network): NonNullable<Network['paymentRequest']> {
  if (paymentRequest !== undefined) return paymentRequest
  throw new UsageError(
    `payments on network ${name} are signed, and this program has no wallet yet`,
    'sign it with a program of your own, and POST it to /transactions/new: see src/consensus/secure/README.md',
  )
}

/** Refuses what is wrong, or missing, whatever node is asked. */
function checkGiven(terminal: Terminal, { to, amount }: SendOptions, network: Network): void {
  paymentRequestOf(network)
  if (to === undefined) requirePerson(terminal, TO)
  if (amount === undefined) requirePerson(terminal, AMOUNT)
  const refusal = amount === undefined ? undefined : network.checkAmount(amount)
  if (refusal === undefined) return
  const { message, hint } = ApiError.ofReject(refusal)
  throw new UsageError(message, hint)
}
