import { networkInterfaces } from 'node:os'

/** Whether an address leads to this machine alone, also where it is an IPv4 address in IPv6 form. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./i.test(address) || address === '::1'
}

/** Where a server can be reached from this machine. */
export function localUrl(host: string, port: number): string {
  return `http://${isAnyAddress(host) ? '127.0.0.1' : bracketed(host)}:${port}`
}

/** Where a server can be reached from other machines. */
export function publicUrls(host: string, port: number): string[] {
  if (host === 'localhost' || isLoopback(host)) return []
  if (!isAnyAddress(host)) return [`http://${bracketed(host)}:${port}`]
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && (host === '::' || family === 'IPv4'))
    .map(({ address }) => `http://${bracketed(address)}:${port}`)
}

/** The addresses, `host:port`, that lead nowhere else than to a server. */
export function ownAddresses(host: string, port: number): string[] {
  const names = ['localhost', 'localhost.']
  // Who connects to no address in particular comes to this machine; the last one is how URLs write 127.0.0.1 in IPv6.
  const [v4, v6] = [
    ['127.0.0.1', '0.0.0.0', '[::ffff:7f00:1]'],
    ['[::1]', '[::]'],
  ]
  if (host === '127.0.0.1' || host === '::1') {
    return [...(host === '::1' ? v6 : v4), ...names].map((name) => `${name}:${port}`)
  }
  if (!isAnyAddress(host)) return [`${bracketed(host)}:${port}`]
  const here = [...v4, ...names, ...(host === '::' ? v6 : [])]
  return [...here.map((name) => `${name}:${port}`), ...publicUrls(host, port).map((url) => url.slice('http://'.length))]
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
