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
  if (host === '127.0.0.1' || host === '::1') return [`${bracketed(host)}:${port}`, `localhost:${port}`]
  if (!isAnyAddress(host)) return [`${bracketed(host)}:${port}`]
  const here = ['127.0.0.1', 'localhost', '0.0.0.0', ...(host === '::' ? ['[::1]', '[::]'] : [])]
  return [...here.map((name) => `${name}:${port}`), ...publicUrls(host, port).map((url) => url.slice('http://'.length))]
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
