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

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
