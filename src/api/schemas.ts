import { z } from 'zod'

/** The answers and requests of the API, once for the server, the client and the types. */

const count = z.number().int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)

export const miningProgressSchema = z.object({
  hashes: count,
  elapsedMs: z.number().min(0),
  /** Hashes that a search takes on average. */
  expectedHashes: z.number().min(1),
})

export const statusSchema = z.object({
  version: z.string(),
  network: z.string(),
  /** Whom this node's rewards go to. */
  identity: z.string(),
  /** Blocks in the chain. */
  length: count,
  /** Hash of the last block. */
  tip: hash,
  pending: count,
  peers: count,
  /** The search that is under way. */
  mining: miningProgressSchema.nullable(),
})
export type NodeStatus = z.infer<typeof statusSchema>

export const balanceSchema = z.object({
  address: z.string(),
  /** Exact decimal number. */
  amount: z.string(),
  /** Transactions whose amount is no number, and so is not in the sum. */
  uncounted: count,
  /** Blocks in the chain that was asked. */
  length: count,
})
export type AddressBalance = z.infer<typeof balanceSchema>

export const peersSchema = z.object({ peers: z.array(z.string()) })

export const registerSchema = z.object({ nodes: z.array(z.string()) })

export const peerVerdictSchema = z.object({
  peer: z.string(),
  outcome: z.enum([
    /** Its chain is ours now. */
    'adopted',
    /** Valid and longer than ours, but another peer's was longer still. */
    'outdone',
    'equal',
    'shorter',
    'invalid',
    /** Valid for the tutorial's other edition. */
    'other-edition',
    /** Refused, unknown, or silent. */
    'unreachable',
    'too-slow',
    'too-large',
    /** It answered, but not with a chain. */
    'no-chain',
  ]),
  /** Blocks that were counted, up to the one that is at fault. */
  length: count.optional(),
  /** The block that is at fault. */
  block: z.number().int().min(1).optional(),
  /** One sentence for people. */
  message: z.string(),
})
export type PeerVerdict = z.infer<typeof peerVerdictSchema>

export const resolutionSchema = z.object({
  replaced: z.boolean(),
  /** Blocks in our chain before and after. */
  lengthBefore: count,
  length: count,
  /** The last block that both chains have; 0 when not even the first. */
  forkedAt: count.nullable(),
  /** Transactions of replaced blocks that are pending again. */
  returned: count,
  /** Peers that were asked; null where the node does not say. */
  asked: count.nullable(),
  verdicts: z.array(peerVerdictSchema),
})
export type Resolution = z.infer<typeof resolutionSchema>

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})

/** At most so many blocks or transactions in one answer. */
export const MAX_LIMIT = 1000

const integerText = (smallest: number, largest: number) => {
  const error = `must be given once, as a whole number from ${smallest} to ${largest}`
  return z
    .string({ error })
    .regex(/^\d{1,10}$/, { error })
    .transform(Number)
    .pipe(z.number().min(smallest, { error }).max(largest, { error }))
}

export const rangeQuerySchema = z.strictObject({
  from: integerText(1, 0xffffffff).default(1),
  limit: integerText(1, MAX_LIMIT).default(20),
})

export const balanceQuerySchema = z.strictObject({
  address: z.string({ error: 'must be given once' }).min(1, { error: 'must not be empty' }),
})

export const pendingQuerySchema = z.strictObject({ limit: integerText(0, MAX_LIMIT).default(20) })

/** Of calls that have no parameters. */
export const noQuerySchema = z.strictObject({})
