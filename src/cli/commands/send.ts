import { ApiError } from '../../api/errors.js'
import type { Network } from '../../consensus/network.js'
import { isReject } from '../../consensus/reject.js'
import { JsonNumber, jsonObject, printJson } from '../../primitives/json/value.js'
import { commandLine } from '../command-line.js'
import { openNode } from '../nodes/open-node.js'
import type { OpenedNode } from '../nodes/opened-node.js'
import { askText, complaintOf, requirePerson } from '../prompts.js'
import { fields } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { withHint } from '../with-hint.js'
import type { SendOptions } from './send-options.js'

const TO = '--to ADDRESS'
const AMOUNT = '--amount NUMBER'

/** `chain send`: asks for a transaction to become pending. */
export async function send(terminal: Terminal, options: SendOptions): Promise<void> {
  const check = (network: Network): Promise<void> => checkGiven(terminal, options, network)
  const opened = await openNode(terminal, { check, ifNew: options.dryRun ? 'refuse' : 'keep-if-used' })
  const { api, network, flags } = opened
  try {
    if (network.signing === undefined) await sendUnsigned(terminal, options, opened)
    else await (await import('./send-signed.js')).sendSigned(terminal, options, opened)
  } catch (error) {
    const mine = commandLine(terminal.options, 'mine', flags)
    throw withHint(error, { 'pool-full': `mine a block, which takes some of them: ${mine}` })
  } finally {
    await api.close()
  }
}

async function sendUnsigned(
  terminal: Terminal,
  options: SendOptions,
  { api, network, identity, flags }: OpenedNode,
): Promise<void> {
  const to = options.to ?? (await askText(terminal, 'To whom?', TO))
  const complaint = (text: string): string | undefined => complaintOf(network.checkAmount(text))
  const amount = options.amount ?? (await askText(terminal, 'How much?', AMOUNT, complaint))
  const request = network.paymentRequest!({ from: options.from ?? identity, to, amount })
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
}

/** Refuses what is wrong, or missing, whatever node is asked. */
async function checkGiven(terminal: Terminal, options: SendOptions, network: Network): Promise<void> {
  const { to, amount } = options
  if (network.signing === undefined) requireUnsigned(options, network)
  if (to === undefined) requirePerson(terminal, TO)
  if (amount === undefined) requirePerson(terminal, AMOUNT)
  const refusal = amount === undefined ? undefined : network.checkAmount(amount)
  if (refusal !== undefined) {
    const { message, hint } = ApiError.ofReject(refusal)
    throw new UsageError(message, hint)
  }
  // Loaded here: it brings what opens wallets.
  if (network.signing !== undefined) (await import('./send-signed.js')).checkSigned(terminal, options, network)
}

/** What a payment that is not signed has no room for. */
const OF_SIGNED = ['fee', 'memo', 'nonce', 'unsigned', 'wait', 'passphraseFile', 'passphraseStdin'] as const
const FLAGS = { passphraseFile: 'passphrase-file', passphraseStdin: 'passphrase-stdin' } as Record<string, string>

function requireUnsigned(options: SendOptions, { name }: Network): void {
  const given = OF_SIGNED.find((option) => options[option] !== undefined)
  if (given === undefined) return
  throw new UsageError(
    `--${FLAGS[given] ?? given} is for payments that are signed, and on network ${name} none are`,
    'leave it out, or take --network secure',
  )
}
