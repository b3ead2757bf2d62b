import type { SignatureCheck } from '../consensus/signature.js'

/** Lengths of a check: of its key, its message and its signature, each a u32. */
const LENGTHS = 3

/**
 * Packs checks into one piece of memory, which can be handed over to another thread: cheaper than copies of three small arrays each. First
 * how many there are, a u32, then the lengths of each, then the bytes of each. Numbers are in the machine's own order: it does not leave it.
 */
export function packChecks(checks: readonly SignatureCheck[], from: number, to: number): ArrayBuffer {
  const head = 4 * (1 + LENGTHS * (to - from))
  let size = head
  for (let i = from; i < to; i++) size += sizeOf(checks[i]!)
  const packed = new ArrayBuffer(size)
  const numbers = new Uint32Array(packed, 0, head / 4)
  const bytes = new Uint8Array(packed)
  numbers[0] = to - from
  let [place, at] = [1, head]
  for (let i = from; i < to; i++) {
    const { publicKey, message, signature } = checks[i]!
    for (const part of [publicKey, message, signature]) {
      numbers[place++] = part.length
      bytes.set(part, at)
      at += part.length
    }
  }
  return packed
}

/** The checks that were packed; their bytes are views of that memory. */
export function unpackChecks(packed: ArrayBuffer): SignatureCheck[] {
  const [count] = new Uint32Array(packed, 0, 1)
  const lengths = new Uint32Array(packed, 4, LENGTHS * count!)
  let at = 4 * (1 + lengths.length)
  let place = 0
  const next = (): Uint8Array => {
    const part = new Uint8Array(packed, at, lengths[place++])
    at += part.length
    return part
  }
  // In the order in which they were packed.
  return Array.from({ length: count! }, () => ({ publicKey: next(), message: next(), signature: next() }))
}

function sizeOf({ publicKey, message, signature }: SignatureCheck): number {
  return publicKey.length + message.length + signature.length
}
