import { isExactObject, JsonNumber, type JsonValue, jsonObject } from '../primitives/json/value.js'

/** Plain values among which there may be JSON with exact numbers, such as the answers of `NodeApi`. */
export type Document = JsonValue | undefined | number | readonly Document[] | { readonly [key: string]: Document }

/** An answer as the API and `--json` print it: members that are undefined are left out. */
export function exactJson(document: Document): JsonValue {
  if (document === null || typeof document === 'boolean' || typeof document === 'string') return document
  if (document instanceof JsonNumber) return document
  if (typeof document === 'number') {
    return Number.isSafeInteger(document) ? JsonNumber.integer(document) : JsonNumber.float(document)
  }
  if (Array.isArray(document)) return (document as readonly Document[]).map(exactJson)
  if (document === undefined) throw new TypeError('undefined is no JSON')
  // A block or a transaction.
  if (isExactObject(document)) return document
  const members = Object.entries(document).filter(([, value]) => value !== undefined)
  return jsonObject(Object.fromEntries(members.map(([key, value]) => [key, exactJson(value)])))
}
