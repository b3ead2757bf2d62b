const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes of a text; a lone surrogate becomes U+FFFD, as everywhere on the web. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/**
 * Text of UTF-8 bytes, a byte order mark included as U+FEFF.
 * @throws TypeError where the bytes are not UTF-8
 */
export function textOf(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes)
}

/** Text of bytes that are known to be ASCII. */
export function asciiOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  // Up to this length the loop is faster than entering a TextDecoder.
  if (end - start > 16) return strictDecoder.decode(bytes.subarray(start, end))
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Hex, lower case, in the order of the bytes. */
export function hexOf(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]
  return hex
}

/**
 * Bytes of an even number of hex digits.
 * @throws RangeError on anything else
 */
export function bytesOfHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) throw new RangeError(`not hex: ${JSON.stringify(hex.slice(0, 80))}`)
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/**
 * Bounds of all byte strings whose hex begins with `prefix`: from the first up to, not including, the second.
 * @param prefix one hex digit or more, lower case, of up to 64
 */
export function hexBounds(prefix: string): { from: Uint8Array; to: Uint8Array } {
  const next = (BigInt(`0x${prefix}`) + 1n).toString(16).padStart(prefix.length, '0')
  // Behind a prefix of nothing but f there is only what is longer than any hash.
  const to = next.length > prefix.length ? 'ff'.repeat(64) : next
  return { from: bytesOfHex(evenHex(prefix)), to: bytesOfHex(evenHex(to)) }
}

function evenHex(hex: string): string {
  return hex.length % 2 === 0 ? hex : `${hex}0`
}
