import { JsonNumber, type JsonObject, jsonObject } from '../primitives/json/value.js'
import type { ListedBlock, MinedBlock } from './node-api.js'

/** A block as the API and `--json` show it. */
export function listedJson({ height, hash, block }: ListedBlock): JsonObject {
  return jsonObject({ height: JsonNumber.integer(height), hash, block })
}

/** The same, with what it took to find it. */
export function minedJson(mined: MinedBlock): JsonObject {
  const { hashes, elapsedMs } = mined
  return jsonObject({
    ...listedJson(mined),
    hashes: hashes === undefined ? null : JsonNumber.integer(hashes),
    elapsedMs: JsonNumber.float(elapsedMs),
  })
}
