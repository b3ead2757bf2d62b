import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { isReject } from '../../../src/consensus/reject.js'
import { parsePeerAddress } from '../../../src/peers/address.js'
import { anyAddress, properAddress } from '../../support/address-texts.js'
import { demand, legible, type Outcome, type Stopwatch, stateless, type Target } from './target.js'

interface AddressInput {
  readonly text: string
  /** What a node lists, where the address is as it should be. */
  readonly proper?: { readonly host: string; readonly port: number }
}

/** The reading of addresses of peers. */
export const addressesTarget: Target<AddressInput> = {
  name: 'addresses',
  inputs: fc.oneof(
    { weight: 4, arbitrary: anyAddress.map((text) => ({ text })) },
    { weight: 1, arbitrary: properAddress.map(({ text, host, port }) => ({ text, proper: { host, port } })) },
  ),
  label: ({ text }) => legible(text.slice(0, 400)),
  bytesOf: ({ text }) => text.length,
  open: () => stateless(judge),
}

function judge({ text, proper }: AddressInput, stopwatch: Stopwatch): Outcome {
  const address = stopwatch.time(() => parsePeerAddress(text))
  if (isReject(address)) {
    demand(proper === undefined, 'a proper address is taken')
    demand(address.code === 'bad-address' && address.fault === 'sender', 'it is refused as an address of the sender')
    demand(address.message.length < 1_000, 'a refusal is short')
    return 'refused'
  }
  demand(/^\s*(http:\/\/)?[^/\\?#@]+\/?\s*$/i.test(text), 'nothing of the text is dropped but a slash at the end')
  demand(parsePeerAddress(address) === address, 'what is listed is taken, and listed as it is')
  demand(/^[!-~]{1,261}$/.test(address), 'it is ASCII, without spaces, and no longer than a host and a port')
  demand(!/[/\\?#@%\s]/.test(address), 'it has no name, password, path, query or escapes')
  const [, host, digits] = /^(.+):([1-9]\d{0,4})$/.exec(address) ?? []
  demand(host !== undefined && Number(digits) <= 65_535, 'it ends with a port')
  const inBrackets = /^\[(.+)\]$/.exec(host)?.[1]
  demand(inBrackets === undefined ? !/[[\]:]/.test(host) : isIPv6(inBrackets), 'brackets hold an IPv6 address')
  demand(!/^[\d.]+$/.test(host) || isIPv4(host), 'figures and points are an IPv4 address')
  const url = new URL(`http://${address}/chain`)
  demand(url.hostname === host && url.pathname === '/chain', 'HTTP calls the host that is listed')
  if (proper !== undefined) checkProper(proper, host, Number(digits))
  return 'accepted'
}

function checkProper(proper: { host: string; port: number }, host: string, port: number): void {
  demand(port === proper.port, 'the port is the one that was given')
  // An IPv6 address has several spellings.
  if (!host.startsWith('[')) demand(host === proper.host, 'the host is the one that was given')
}
