import { networkInterfaces } from 'node:os'

/** Where a server on this host and port is reached from its own machine. */
export function localUrl(host: string, port: number): string {
  return `http://${isAnyAddress(host) ? '127.0.0.1' : bracketed(host)}:${port}`
}

/** Where it is reached from other machines; empty when it only listens to its own. */
export function publicUrls(host: string, port: number): string[] {
  if (!isAnyAddress(host)) return /^(127\.|localhost$|::1$)/.test(host) ? [] : [`http://${bracketed(host)}:${port}`]
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && (host === '::' || family === 'IPv4'))
    .map(({ address }) => `http://${bracketed(address)}:${port}`)
}

/** The addresses, `host:port`, that lead nowhere else than to it. */
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
