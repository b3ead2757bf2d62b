import type { JsonLimits } from '../../src/primitives/json/canonicalizer.js'

/** What the tutorial's rules allow a block, written again. */
export const BLOCK_LIMITS: JsonLimits = { maxDepth: 900, maxBytes: 8_388_608 }
