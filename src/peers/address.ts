import { type Reject, reject } from '../consensus/reject.js'

/** RFC 1035, 2.3.4. */
const MAX_HOST_LENGTH = 255
/** Room for such a host, a scheme and a port. To read a name beyond ASCII takes the square of its length. */
const MAX_TEXT_LENGTH = 300

const SUCH_AS = 'write it like http://192.168.0.5:5000'

/**
 * Reads a peer's address in the forms people write: `http://192.168.0.5:5000`, `192.168.0.5:5000`, `localhost:5001`.
 * @returns `host:port`
 */
export function parsePeerAddress(text: string): string | Reject {
  const refuse = (why: string): Reject =>
    reject('bad-address', `${JSON.stringify(text.slice(0, 80))} is not the address of a node: ${why}`, {
      hint: SUCH_AS,
    })
  const trimmed = text.trim()
  if (trimmed.length > MAX_TEXT_LENGTH) return refuse('it is too long')
  // URL would drop them in silence.
  if (/[\s\p{Cc}]/u.test(trimmed)) return refuse('there is white space or a control character in it')
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(trimmed) ?? []
  const hostAndPort = trimmed.slice(scheme.length)
  let url: URL
  try {
    url = new URL((scheme || 'http://') + hostAndPort)
  } catch {
    return refuse('a host and a port cannot be read from it')
  }
  if (url.protocol !== 'http:') return refuse(`nodes speak http, not ${url.protocol.slice(0, -1)}`)
  // In the text: URL would drop an empty name, query or fragment, and slashes before the host.
  if (hostAndPort.includes('@')) return refuse('leave out the name and password')
  if (!/^[^/\\?#]+\/?$/.test(hostAndPort)) return refuse('leave out what follows the port')
  if (url.hostname.length > MAX_HOST_LENGTH) return refuse('the name is too long')
  // A point at the end is allowed: with it a name is complete.
  if (/^\.|\.\./.test(url.hostname)) return refuse('a part of the name is empty')
  if (url.port === '0') return refuse('no node listens on port 0')
  return `${url.hostname}:${url.port || '80'}`
}
