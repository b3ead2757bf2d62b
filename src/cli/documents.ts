import type { ListedBlock } from '../api/node-api.js'
import { JsonNumber, type JsonObject, jsonObject } from '../primitives/json/value.js'

/** A block as `--json` prints it. */
export function listedDocument({ height, hash, block }: ListedBlock): JsonObject {
  return jsonObject({ height: JsonNumber.integer(height), hash, block })
}
