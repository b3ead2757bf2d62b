import { bech32m } from '@scure/base'
import { sha256 } from '#crypto'

const KEY_HASH_BYTES = 20
/** The only version there is: a word before those of the hash. Though it is 0, the checksum is bech32m's: this is not segwit. */
const ADDRESS_VERSION = 0
/** 90 characters are what a checksum of bech32m protects. */
const MAX_LENGTH = 90

/**
 * Address of a key: bech32m (BIP 350) of a word 0 and the first 20 bytes of the key's SHA-256.
 * @param hrp the network's prefix
 * @param publicKey 32 bytes
 */
export function addressOf(hrp: string, publicKey: Uint8Array): string {
  return bech32m.encode(hrp, [ADDRESS_VERSION, ...bech32m.toWords(keyHash(publicKey))])
}

/** The first 20 bytes of a key's SHA-256. */
export function keyHash(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).subarray(0, KEY_HASH_BYTES)
}

/** What a text is an address of; undefined of none. */
type Decoded = { readonly prefix: string; readonly hash: Uint8Array } | undefined

/** No state that shows: the same few addresses are in most transactions, and to decode one costs a tenth of checking a signature. */
const decodedTexts = new Map<string, Decoded>()
const MAX_DECODED = 4096

/** The 20 bytes of an address of the network; undefined where the text is none. Upper case is refused: one key, one address. */
export function decodeAddress(hrp: string, text: string): Uint8Array | undefined {
  if (text.length > MAX_LENGTH) return undefined
  let known = decodedTexts.get(text)
  if (known === undefined && !decodedTexts.has(text)) {
    known = decoded(text)
    if (decodedTexts.size >= MAX_DECODED) decodedTexts.delete(decodedTexts.keys().next().value!)
    decodedTexts.set(text, known)
  }
  return known?.prefix === hrp ? known.hash : undefined
}

function decoded(text: string): Decoded {
  if (text !== text.toLowerCase()) return undefined
  const { prefix, words } = bech32m.decodeUnsafe(text) ?? {}
  if (prefix === undefined || words === undefined || words[0] !== ADDRESS_VERSION) return undefined
  // Refuses padding that is not zero, or longer than needed.
  const hash = bech32m.fromWordsUnsafe(words.slice(1))
  return hash instanceof Uint8Array && hash.length === KEY_HASH_BYTES ? { prefix, hash } : undefined
}
