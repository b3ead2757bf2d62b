import type { Network, PaymentDraft } from '../../consensus/network.js'
import { fields } from '../table.js'
import type { Terminal } from '../terminal.js'

/** Shows a payment before it is signed. @param left what is left of the balance then */
export function showPayment(
  terminal: Terminal,
  network: Network,
  { from, to, amount, fee, memo }: PaymentDraft['shown'],
  left?: string,
): void {
  const { dim } = terminal.notePaint
  const rows: [string, string][] = [
    ['from', from],
    ['to', to],
    ['amount', amount],
    ['fee', fee],
    ...(memo === undefined ? [] : [['memo', memo] as [string, string]]),
    ...(left === undefined ? [] : [['left then', left] as [string, string]]),
    ['network', network.name],
  ]
  terminal.preview(fields(rows, (label) => `  ${dim(label)}`))
}
