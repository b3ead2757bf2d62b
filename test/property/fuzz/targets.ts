import { addressesTarget } from './addresses.js'
import { blocksTarget } from './blocks.js'
import { type Fuzzer, fuzzer } from './fuzz.js'
import { httpTarget } from './http.js'
import { jsonTarget } from './json.js'

/** All that is fuzzed, and which part of the inputs each gets. */
export const TARGETS: readonly { readonly fuzzer: Fuzzer; readonly share: number }[] = [
  { fuzzer: fuzzer(jsonTarget), share: 0.35 },
  { fuzzer: fuzzer(blocksTarget), share: 0.15 },
  { fuzzer: fuzzer(addressesTarget), share: 0.25 },
  { fuzzer: fuzzer(httpTarget), share: 0.25 },
]
